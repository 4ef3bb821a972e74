/**
 * Checks of what services are given: a service trusts no caller.
 *
 * @module
 */
import { MeshError } from "mesh";
import { listing } from "./market.ts";
import type { Position } from "./positions.ts";

const USER_MAX_LENGTH = 512;
const SHARES_MAX = 1_000_000_000;
const COST_MAX = 1_000_000;

/** A user's identity, or `INVALID_ARGUMENT`. */
export function checkUser(user: unknown): string {
  if (typeof user === "string" && user !== "" && user.length <= USER_MAX_LENGTH) return user;
  throw new MeshError("INVALID_ARGUMENT", `user: wanted 1 to ${USER_MAX_LENGTH} characters`);
}

/** The version of a profile, if one is named, or `INVALID_ARGUMENT`. */
export function checkVersion(version: unknown): number | undefined {
  if (version === undefined) return undefined;
  if (typeof version === "number" && Number.isSafeInteger(version) && version >= 0) return version;
  throw new MeshError("INVALID_ARGUMENT", "version: wanted a whole number from 0");
}

/** A listed symbol, or `INVALID_ARGUMENT`. */
export function checkSymbol(symbol: unknown): string {
  if (typeof symbol === "string" && listing(symbol) !== undefined) return symbol;
  throw new MeshError("INVALID_ARGUMENT", "symbol: not traded here", {
    metadata: { field: "symbol" },
  });
}

/** A position in a listed company, or `INVALID_ARGUMENT` whose metadata name the wrong `field`. */
export function checkPosition(position: Partial<Position> | undefined): Position {
  const symbol = checkSymbol(position?.symbol);
  const shares = checkNumber("shares", position?.shares, 0.001, SHARES_MAX);
  const cost = checkNumber("cost", position?.cost, 0, COST_MAX);
  return { symbol, shares, cost };
}

function checkNumber(field: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw new MeshError("INVALID_ARGUMENT", `${field}: wanted a number from ${min} to ${max}`, {
    metadata: { field },
  });
}
