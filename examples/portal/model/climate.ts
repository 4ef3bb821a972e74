/**
 * The weather of a few cities: their climate, and chance that depends on city and day only.
 *
 * @module
 */
import { seedOf, smooth, uniform } from "./noise.ts";

/** A city and its climate, temperatures in °C. */
interface Climate {
  name: string;
  /** Time zone, as in the IANA database. */
  zone: string;
  /** Mean temperature of January and of July. */
  january: number;
  july: number;
  /** Difference between afternoon and night. */
  swing: number;
  /** 0: always clear; 1: always rain. */
  wetness: number;
}

const CLIMATES = {
  amsterdam: climate("Amsterdam", "Europe/Amsterdam", [4, 18, 7], 0.6),
  berlin: climate("Berlin", "Europe/Berlin", [1, 20, 9], 0.5),
  "cape-town": climate("Cape Town", "Africa/Johannesburg", [22, 13, 9], 0.35),
  lisbon: climate("Lisbon", "Europe/Lisbon", [12, 24, 8], 0.4),
  mumbai: climate("Mumbai", "Asia/Kolkata", [25, 28, 8], 0.5),
  "new-york": climate("New York", "America/New_York", [1, 26, 9], 0.45),
  oslo: climate("Oslo", "Europe/Oslo", [-4, 18, 8], 0.5),
  "san-francisco": climate("San Francisco", "America/Los_Angeles", [11, 16, 7], 0.35),
  "sao-paulo": climate("São Paulo", "America/Sao_Paulo", [23, 16, 9], 0.55),
  sydney: climate("Sydney", "Australia/Sydney", [23, 13, 8], 0.4),
  tokyo: climate("Tokyo", "Asia/Tokyo", [6, 26, 8], 0.5),
} satisfies Record<string, Climate>;

/** Key of a city. */
export type CityId = keyof typeof CLIMATES;

/** Every city, as key and name. */
export const CITIES: readonly { id: CityId; name: string }[] = Object.entries(CLIMATES)
  .map(([id, { name }]) => ({ id: id as CityId, name }));

/** What the sky does. */
export type Sky = "clear" | "fair" | "cloudy" | "fog" | "rain" | "storm" | "snow";

/** The forecast of one day. */
export interface DayForecast {
  /** The day in the city: `2026-11-24`. */
  date: string;
  sky: Sky;
  lowCelsius: number;
  highCelsius: number;
  /** Chance of rain or snow, 0 to 1. */
  wetChance: number;
}

/** The weather of a city. */
export interface Weather {
  city: CityId;
  name: string;
  zone: string;
  sky: Sky;
  celsius: number;
  feelsLikeCelsius: number;
  windKmh: number;
  /** 0 to 1. */
  humidity: number;
  /** Today and the four days after it. */
  days: DayForecast[];
}

const DAY_MS = 86_400_000;

/** Whether a text names a city. */
export function isCity(text: string): text is CityId {
  return Object.hasOwn(CLIMATES, text);
}

/** Time zone of a city, as in the IANA database. */
export function zoneOf(city: CityId): string {
  return CLIMATES[city].zone;
}

function climate(
  name: string,
  zone: string,
  [january, july, swing]: readonly [number, number, number],
  wetness: number,
): Climate {
  return { name, zone, january, july, swing, wetness };
}

/** The city's wall clock, as if it were UTC. */
function localMs(zone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  }).formatToParts(atMs);
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
}

function forecast(city: CityId, day: number): DayForecast {
  const { january, july, swing, wetness } = CLIMATES[city];
  const seed = seedOf(city);
  // The year's wave has its peaks in the middle of January and of July.
  const season = (1 - Math.cos(2 * Math.PI * (day - 15) / 365.25)) / 2;
  const mean = january + (july - january) * season + 4 * smooth(seed ^ 3, day / 3);
  const wet = Math.min(1, Math.max(0, wetness + 0.5 * smooth(seed ^ 4, day / 1.7)));
  const span = swing * (1.25 - wet / 2);
  return {
    date: new Date(day * DAY_MS).toISOString().slice(0, 10),
    sky: skyOf(wet, mean, uniform(seed ^ 5, day)),
    lowCelsius: Math.round(mean - span / 2),
    highCelsius: Math.round(mean + span / 2),
    wetChance: Math.round(wet * wet * 10) / 10,
  };
}

function skyOf(wet: number, celsius: number, chance: number): Sky {
  if (wet > 0.62) {
    if (celsius < 1) return "snow";
    return celsius > 18 && chance < 0.4 ? "storm" : "rain";
  }
  if (wet > 0.45) return celsius < 9 && chance < 0.2 ? "fog" : "cloudy";
  return wet > 0.28 ? "fair" : "clear";
}

/**
 * The weather of a city.
 *
 * @param city One of {@linkcode CITIES}.
 * @param atMs When: milliseconds since the epoch.
 */
export function weatherAt(city: CityId, atMs: number): Weather {
  const { name, zone } = CLIMATES[city];
  const local = localMs(zone, atMs);
  const day = Math.floor(local / DAY_MS);
  const days = [0, 1, 2, 3, 4].map((offset) => forecast(city, day + offset));
  const today = days[0]!;
  // Coldest at four in the morning, warmest at four in the afternoon.
  const warmth = (1 - Math.cos(2 * Math.PI * (local / DAY_MS - day - 1 / 6))) / 2;
  const celsius = today.lowCelsius + (today.highCelsius - today.lowCelsius) * warmth;
  const seed = seedOf(city);
  const windKmh = Math.round(16 + 13 * smooth(seed ^ 6, local / DAY_MS * 4));
  return {
    city,
    name,
    zone,
    sky: today.sky,
    celsius: Math.round(celsius),
    feelsLikeCelsius: Math.round(celsius - (celsius < 12 ? windKmh / 9 : 0)),
    windKmh,
    humidity: Math.round(50 + 35 * today.wetChance + 10 * smooth(seed ^ 7, local / DAY_MS)) / 100,
    days,
  };
}
