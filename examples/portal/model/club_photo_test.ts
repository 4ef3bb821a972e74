import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawClubPhoto } from "./club_photo.ts";
import { CLUBS } from "./league.ts";

Deno.test("a club's photo shows its name, its colours and eleven players, the same at every drawing", () => {
  for (const club of CLUBS) {
    const svg = drawClubPhoto(club);
    assert(svg.includes(club.name.toUpperCase()) && svg.includes(club.secondary));
    assertEquals(svg.match(/<g transform/g)?.length, 11);
    assertEquals(drawClubPhoto(club), svg);
  }
  assertNotEquals(drawClubPhoto(CLUBS[0]!), drawClubPhoto(CLUBS[1]!));
});
