/**
 * Service `weather`: a city's weather now and for five days.
 *
 * @module
 */
import { MeshError } from "mesh";
import type { Context, ServiceOptions } from "mesh";
import { isCity, type Weather, weatherAt } from "../model/climate.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** All of it only reads. */
export const service = { idempotent: true } satisfies ServiceOptions;

/** The weather of a city; `NOT_FOUND` for one that nobody measures. */
export function forecast(input: { city: string }, ctx: Context): Weather & { by: ServedBy } {
  const city = String(input?.city);
  if (!isCity(city)) throw new MeshError("NOT_FOUND", `no such city: ${city.slice(0, 40)}`);
  return { ...weatherAt(city, Date.now()), by: servedBy(ctx) };
}
