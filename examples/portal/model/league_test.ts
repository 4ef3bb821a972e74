import { assert, assertEquals } from "@std/assert";
import { CLUBS, leagueAt } from "./league.ts";

const HOUR = 3_600_000;
/** A season begins at every multiple of 42 hours. */
const SEASON = 42 * HOUR;
const START = 12_000 * SEASON;

Deno.test("in a season every club meets every other one at home and away", () => {
  const met = new Set<string>();
  for (let round = 0; round < 14; round++) {
    const { matches } = leagueAt(START + round * 3 * HOUR);
    assertEquals(new Set(matches.flatMap(({ home, away }) => [home.id, away.id])).size, 8);
    for (const { home, away } of matches) met.add(`${home.id}-${away.id}`);
  }
  assertEquals(met.size, CLUBS.length * (CLUBS.length - 1));
});

Deno.test("a match goes from kick-off over the break to the end, and goals are never taken back", () => {
  const minutes: number[] = [];
  let goals = 0;
  for (let minute = 0; minute <= 110; minute++) {
    const match = leagueAt(START + minute * 60_000).matches[0]!;
    assert(match.homeGoals + match.awayGoals >= goals);
    goals = match.homeGoals + match.awayGoals;
    if (match.state === "live") minutes.push(match.minute);
  }
  assertEquals([minutes[0], minutes[44], minutes[59], minutes[60], minutes.at(-1)], [
    1,
    45,
    45,
    46,
    90,
  ]);
  assertEquals(leagueAt(START + 110 * 60_000).matches[0]!.state, "played");
});

Deno.test("the table counts finished matches only: three points a win, one a draw", () => {
  assertEquals(leagueAt(START).table.map(({ played }) => played), Array(8).fill(0));
  const { matches, table } = leagueAt(START + 2 * HOUR);
  const points = table.reduce((sum, line) => sum + line.points, 0);
  const draws = matches.filter(({ homeGoals, awayGoals }) => homeGoals === awayGoals).length;
  assertEquals(points, 3 * 4 - draws);
  assertEquals(table.reduce((sum, line) => sum + line.goalDifference, 0), 0);
  for (const [i, line] of table.entries()) assert(i === 0 || table[i - 1]!.points >= line.points);
});

Deno.test("the next round is still to come", () => {
  for (const match of leagueAt(START + HOUR).next) {
    assertEquals([match.state, match.homeGoals, match.awayGoals], ["to come", 0, 0]);
  }
});
