/**
 * Section: the weather of the user's city.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import type { Weather } from "../../model/climate.ts";
import { clock, degrees, weekday } from "../format.ts";
import { SkyIcon, skyName } from "../parts/icons.tsx";
import { section } from "../section.ts";

/** Now, and five days. */
export const weather = section({
  id: "weather",
  title: "Weather",
  about: "Your city now, and five days ahead.",
  service: "weather",
  link: { href: "/settings#city", text: "Other city" },
  mode: "normal",
  timeoutMs: 600,
  question: ({ city }) => city,
  ask: ({ services, preferences: { city } }) => services.weather.forecast({ city }),
  render: (weather) => <WeatherBody weather={weather} now={Date.now()} />,
});

/** The weather of a city. */
export const WeatherBody: FC<{ weather: Weather; now: number }> = ({ weather, now }) => (
  <>
    <div class="now">
      <SkyIcon sky={weather.sky} size={76} />
      <div>
        <p class="big">{degrees(weather.celsius)}</p>
        <p>
          <b>{weather.name}</b> · {clock(now, weather.zone)}
        </p>
        <p class="note">
          {skyName(weather.sky)}, feels like {degrees(weather.feelsLikeCelsius)}
        </p>
      </div>
      <dl>
        <div>
          <dt>Wind</dt>
          <dd>{weather.windKmh} km/h</dd>
        </div>
        <div>
          <dt>Humidity</dt>
          <dd>{Math.round(weather.humidity * 100)}%</dd>
        </div>
        <div>
          <dt>Wet</dt>
          <dd>{Math.round((weather.days[0]?.wetChance ?? 0) * 100)}%</dd>
        </div>
      </dl>
    </div>
    <ol class="days">
      {weather.days.map((day, i) => (
        <li>
          <b>{i === 0 ? "Today" : weekday(day.date)}</b>
          <SkyIcon sky={day.sky} size={34} />
          <span>{degrees(day.highCelsius)}</span> <span class="low">{degrees(day.lowCelsius)}</span>
        </li>
      ))}
    </ol>
  </>
);
