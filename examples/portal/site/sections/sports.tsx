// deno-lint-ignore-file jsx-key -- pages are rendered once: keys would only show up as attributes
/**
 * Section: scores and table of the league.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import type { League, Match } from "../../model/league.ts";
import { clock, plain } from "../format.ts";
import { Crest } from "../parts/icons.tsx";
import { section } from "../section.ts";

/** This round's scores, and the table. */
export const sports = section({
  id: "sports",
  title: "Scores",
  about: "The league's scores as they fall, and the table with your club in it.",
  service: "sports",
  mode: "normal",
  timeoutMs: 600,
  question: () => "the league",
  ask: ({ services }) => services.sports.league(),
  render: (league, { club }) => <SportsBody league={league} club={club} />,
});

function matchState({ state, minute, startsAt }: Match): string {
  if (state === "live") return `${minute}′`;
  return state === "played" ? "Full time" : `${clock(startsAt)} UTC`;
}

const MatchLine: FC<{ match: Match; club: string }> = ({ match, club }) => {
  const mine = (id: string) => id === club ? "mine" : "";
  return (
    <li class={`match ${match.state === "live" ? "live" : ""}`}>
      <span class={`home ${mine(match.home.id)}`}>
        {match.home.name} <Crest club={match.home} />
      </span>
      <span class="score">
        {match.state === "to come" ? "v" : `${match.homeGoals} – ${match.awayGoals}`}
      </span>
      <span class={`away ${mine(match.away.id)}`}>
        <Crest club={match.away} /> {match.away.name}
      </span>
      <span class="state">{matchState(match)}</span>
    </li>
  );
};

/** The league, with one club's lines set off. */
export const SportsBody: FC<{ league: League; club: string }> = ({ league, club }) => {
  const has = ({ home, away }: Match) => Number(home.id === club || away.id === club);
  const matches = league.matches.toSorted((a, b) => has(b) - has(a));
  const next = league.next.find(has);
  return (
    <>
      <p class="note">
        Round {league.round} of {league.rounds}
        {next && (
          <>
            {" "}
            · next: {next.home.name} v {next.away.name}, {clock(next.startsAt)} UTC
          </>
        )}
      </p>
      <ul class="matches">
        {matches.map((match) => <MatchLine match={match} club={club} />)}
      </ul>
      <table class="standings">
        <caption class="visually-hidden">Table</caption>
        <thead>
          <tr>
            <th scope="col">Club</th>
            <th scope="col" class="number wide">Played</th>
            <th scope="col" class="number">Goals</th>
            <th scope="col" class="number">Points</th>
          </tr>
        </thead>
        <tbody>
          {league.table.map((line, i) => (
            <tr class={line.club.id === club ? "mine" : ""}>
              <th scope="row">
                <span class="place">{i + 1}</span> <Crest club={line.club} /> {line.club.name}
              </th>
              <td class="number wide">{line.played}</td>
              <td class="number">
                {line.goalDifference > 0 ? "+" : ""}
                {plain(line.goalDifference)}
              </td>
              <td class="number">
                <b>{line.points}</b>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};
