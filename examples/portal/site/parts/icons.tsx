/**
 * Drawings: the logo, the sky, a price's way through the hours, a club's crest.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import type { Sky } from "../../model/climate.ts";
import type { Club } from "../../model/league.ts";

const LOGO_PATHS = "M6 9h20M6 16h20M6 23h20M9 6v20M16 6v20M23 6v20";

/** The logo as an address for the page's icon. */
export const FAVICON = "data:image/svg+xml," + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#5f2db0"/>` +
    `<path d="${LOGO_PATHS}" stroke="#fff" stroke-width="2.4" stroke-linecap="round"/>` +
    `<circle cx="16" cy="16" r="4.4" fill="#ffd166"/></svg>`,
);

/** The logo. */
export const Logo: FC = () => (
  <svg class="logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
    <rect class="logo-ground" width="32" height="32" rx="8" />
    <path d={LOGO_PATHS} stroke="#fff" stroke-width="2" stroke-linecap="round" />
    <circle cx="16" cy="16" r="4.4" fill="#ffd166" />
  </svg>
);

const CLOUD = "M7 19.5a4.4 4.4 0 0 1 .5-8.8 5.6 5.6 0 0 1 10.7 1.2 3.9 3.9 0 0 1-.5 7.6z";

const SKY_NAMES: Readonly<Record<Sky, string>> = {
  clear: "Clear",
  fair: "Mostly sunny",
  cloudy: "Cloudy",
  fog: "Fog",
  rain: "Rain",
  storm: "Thunderstorms",
  snow: "Snow",
};

/** A sky in words. */
export function skyName(sky: Sky): string {
  return SKY_NAMES[sky];
}

const Sun: FC<{ x: number; y: number; r: number }> = ({ x, y, r }) => (
  <g class="sun">
    <circle cx={x} cy={y} r={r} />
    {[0, 45, 90, 135, 180, 225, 270, 315].map((turn) => (
      <path
        d={`M${x} ${y - r - 1.8}v-2`}
        transform={`rotate(${turn} ${x} ${y})`}
        stroke-linecap="round"
      />
    ))}
  </g>
);

/** A picture of a sky. */
export const SkyIcon: FC<{ sky: Sky; size: number }> = ({ sky, size }) => (
  <svg
    class="sky"
    viewBox="0 0 26 26"
    width={size}
    height={size}
    role="img"
    aria-label={skyName(sky)}
  >
    {sky === "clear" && <Sun x={13} y={13} r={5.4} />}
    {sky === "fair" && <Sun x={9.5} y={9.5} r={4} />}
    {sky !== "clear" && (
      <path class={sky === "storm" || sky === "rain" ? "cloud dark" : "cloud"} d={CLOUD} />
    )}
    {sky === "rain" && <path class="drop" d="M9 21.5l-1 3M13 21.5l-1 3M17 21.5l-1 3" />}
    {sky === "storm" && (
      <path
        class="bolt"
        d="M13.6 16.5l-3.4 4.4h2.6l-1.6 4 4.4-5.2h-2.7l2-3.2z"
      />
    )}
    {sky === "snow" && <path class="flake" d="M8.5 22.5h.1M12.5 24.5h.1M16.5 22.5h.1" />}
    {sky === "fog" && <path class="mist" d="M5 22h13M8 24.6h12" />}
  </svg>
);

const SPARK = { width: 84, height: 26 };

/** The line through a series of prices. */
export const Sparkline: FC<{ values: readonly number[]; trend: string }> = ({ values, trend }) => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, i) => {
    const x = 1 + i / Math.max(1, values.length - 1) * (SPARK.width - 2);
    const y = 2 + (high - value) / (high - low || 1) * (SPARK.height - 4);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      class={`spark ${trend}`}
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      width={SPARK.width}
      height={SPARK.height}
      aria-hidden="true"
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
};

/** A club's crest. */
export const Crest: FC<{ club: Club; size?: number }> = ({ club, size = 18 }) => (
  <svg class="crest" viewBox="0 0 20 22" width={size} height={size * 1.1} aria-hidden="true">
    <path d="M1 1h18v11q0 6-9 9-9-3-9-9z" fill={club.primary} />
    <path d="M7 1h6v18.6l-3 1.4-3-1.4z" fill={club.secondary} />
    <path class="crest-edge" d="M1 1h18v11q0 6-9 9-9-3-9-9z" />
  </svg>
);
