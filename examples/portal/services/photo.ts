/**
 * Service `photo`: a club's photo. Its calls carry the club as their key, so that in a keyed group each club's
 * photos can live on the one server that the key names.
 *
 * @module
 */
import { MeshError } from "mesh";
import type { Context, ServiceOptions } from "mesh";
import { drawClubPhoto } from "../model/club_photo.ts";
import { type Club, CLUBS } from "../model/league.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** All of it only reads. */
export const service = { idempotent: true } satisfies ServiceOptions;

/** The picture as an SVG document: bytes, which travel as they are. */
export function picture(input: { club: string }, _ctx: Context): Uint8Array {
  return new TextEncoder().encode(drawClubPhoto(find(input)));
}

/** What stands below the picture. */
export function caption(
  input: { club: string },
  ctx: Context,
): { club: Club; caption: string; by: ServedBy } {
  const club = find(input);
  return { club, caption: `${club.name} before the home stand`, by: servedBy(ctx) };
}

function find(input: { club: string }): Club {
  const club = CLUBS.find(({ id }) => id === input?.club);
  if (club === undefined) throw new MeshError("NOT_FOUND", "there is no such club");
  return club;
}
