/**
 * A football league of eight clubs. A round is played every three hours, a season lasts fourteen rounds, and the
 * results depend on the time only.
 *
 * @module
 */
import { seedOf, uniform } from "./noise.ts";

/** A club: colours are CSS colours, for its crest and its photo. */
export interface Club {
  id: string;
  name: string;
  /** Three letters for narrow tables. */
  short: string;
  primary: string;
  secondary: string;
  /** Goals that it can be expected to score against an average side. */
  strength: number;
}

/** All clubs; a club's place in this list decides the fixtures. */
export const CLUBS: readonly Club[] = [
  club("harbour", "Harbour Rovers", "HAR", ["#1d4e89", "#f4d35e"], 1.7),
  club("foundry", "Foundry Athletic", "FOU", ["#9b2226", "#e9d8a6"], 1.5),
  club("orchard", "Orchard Town", "ORC", ["#2d6a4f", "#d8f3dc"], 1.3),
  club("lantern", "Lantern City", "LAN", ["#6a4c93", "#ffca3a"], 1.6),
  club("quarry", "Quarry United", "QUA", ["#495057", "#f8f9fa"], 1.1),
  club("meadow", "Meadow Vale", "MEA", ["#588157", "#fefae0"], 1.0),
  club("tramway", "Tramway Star", "TRA", ["#bc3908", "#fff3b0"], 1.4),
  club("station", "Station Wanderers", "STA", ["#0b525b", "#cae9ff"], 1.2),
];

/** A match of the current season. */
export interface Match {
  home: Club;
  away: Club;
  homeGoals: number;
  awayGoals: number;
  /** When it starts: milliseconds since the epoch. */
  startsAt: number;
  state: "played" | "live" | "to come";
  /** Minute of play of a live match: 1 to 90; 45 during the break. */
  minute: number;
}

/** A line of the table. */
export interface Standing {
  club: Club;
  played: number;
  goalDifference: number;
  points: number;
}

/** The league at a moment. */
export interface League {
  /** Round of the season that is being played or was played last, from 1. */
  round: number;
  rounds: number;
  /** This round's matches. */
  matches: Match[];
  /** The next round's matches. */
  next: Match[];
  /** Best first; live matches are not counted. */
  table: Standing[];
}

const ROUND_MS = 3 * 3_600_000;
const ROUNDS = 2 * (CLUBS.length - 1);
const MINUTE_MS = 60_000;
const BREAK_MINUTES = 15;

/** Whether a text names a club. */
export function isClub(text: string): boolean {
  return CLUBS.some(({ id }) => id === text);
}

function club(
  id: string,
  name: string,
  short: string,
  [primary, secondary]: readonly [string, string],
  strength: number,
): Club {
  return { id, name, short, primary, secondary, strength };
}

/** The pairs of a round (0 to 13) by the circle method: one club stands, the others walk around it. */
function pairs(round: number): [Club, Club][] {
  const walkers = CLUBS.length - 1;
  const leg = round % walkers;
  const at = (place: number) => place === 0 ? CLUBS[0]! : CLUBS[1 + (place - 1 + leg) % walkers]!;
  return Array.from({ length: CLUBS.length / 2 }, (_, i) => {
    const [a, b] = [at(i), at(CLUBS.length - 1 - i)];
    // Alternate who is at home, and turn it around in the second half of the season.
    return (i + leg) % 2 === Number(round >= walkers) ? [a, b] : [b, a];
  });
}

/** Minutes in which a side scores: each minute is a small chance of its own. */
function goalMinutes(seed: number, expected: number): number[] {
  return Array.from({ length: 90 }, (_, i) => i + 1)
    .filter((minute) => uniform(seed, minute) < expected / 90);
}

/** The minute of play at a time since the start; the break stands at 45. */
function minuteOf(sinceMs: number): number {
  const minutes = Math.floor(sinceMs / MINUTE_MS) + 1;
  return minutes <= 45 ? minutes : Math.max(45, minutes - BREAK_MINUTES);
}

function playRound(roundIndex: number, nowMs: number): Match[] {
  const startsAt = roundIndex * ROUND_MS;
  const minute = minuteOf(nowMs - startsAt);
  const state = nowMs < startsAt ? "to come" : minute > 90 ? "played" : "live";
  const seasonRound = ((roundIndex % ROUNDS) + ROUNDS) % ROUNDS;
  return pairs(seasonRound).map(([home, away]) => {
    const seed = seedOf(`${home.id} ${away.id} ${roundIndex}`);
    const shown = (goals: number[]) => goals.filter((at) => state !== "to come" && at <= minute);
    const homeGoals = shown(goalMinutes(seed, home.strength / away.strength * 1.5)).length;
    const awayGoals = shown(goalMinutes(seed ^ 1, away.strength / home.strength * 1.15)).length;
    return { home, away, homeGoals, awayGoals, startsAt, state, minute: Math.min(minute, 90) };
  });
}

function tableOf(matches: readonly Match[]): Standing[] {
  const lines = new Map(CLUBS.map((club) => {
    return [club.id, { club, played: 0, goalDifference: 0, points: 0 }];
  }));
  const count = (id: string, scored: number, conceded: number) => {
    const line = lines.get(id)!;
    line.played++;
    line.goalDifference += scored - conceded;
    line.points += scored > conceded ? 3 : scored === conceded ? 1 : 0;
  };
  for (const { home, away, homeGoals, awayGoals } of matches) {
    count(home.id, homeGoals, awayGoals);
    count(away.id, awayGoals, homeGoals);
  }
  return [...lines.values()].sort((a, b) => {
    return b.points - a.points || b.goalDifference - a.goalDifference ||
      a.club.name.localeCompare(b.club.name);
  });
}

/**
 * The league at a moment.
 *
 * @param nowMs Milliseconds since the epoch.
 */
export function leagueAt(nowMs: number): League {
  const roundIndex = Math.floor(nowMs / ROUND_MS);
  const seasonStart = Math.floor(roundIndex / ROUNDS) * ROUNDS;
  const season = Array.from(
    { length: roundIndex - seasonStart + 1 },
    (_, i) => playRound(seasonStart + i, nowMs),
  );
  return {
    round: roundIndex - seasonStart + 1,
    rounds: ROUNDS,
    matches: season.at(-1)!,
    next: playRound(roundIndex + 1, nowMs),
    table: tableOf(season.flat().filter(({ state }) => state === "played")),
  };
}
