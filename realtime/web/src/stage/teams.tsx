/** Teams beside their people, the podium of teams, and the standings over all rounds of a hall. */

import type { Overall, StageState, StandingRow, TeamRow } from "../core/frames";
import { number, t } from "../core/i18n";
import { useBeats } from "./beats";
import { shownName, unitName } from "./people";
import { Podium } from "./podium";

const ROWS = 10;
/** Letters of a name that leaves no room for how many they are. */
const LONG = 24;
const MOVE_AFTER_MS = [1100];

/** What a team is called: by its list, by its commune, or by its number in the draw. */
export function teamName(team: { team: string; name: string | null }): string {
  return team.name || unitName(team.team) || t("team.number", { n: team.team });
}

/** The slot from 0 in which a team starts: by its old rank; who was not among the ten comes from below. */
function startSlot(rows: readonly TeamRow[], row: TeamRow, slot: number): number {
  if (row.rank === null) return slot;
  const before = row.before;
  if (before === null || before > ROWS) return ROWS;
  return rows.filter(
    (other) => other.before !== null && (other.before < before || (other.before === before && other.rank! < row.rank!)),
  ).length;
}

/** `known`: the rank to show is the new one; while teams still stand in their old places it is the old one. */
function Team({ row, slot, known }: { row: TeamRow; slot: number; known: boolean }) {
  const small = row.rank === null;
  const name = teamName(row);
  const long = name.length > LONG;
  return (
    <li
      class={"st-team" + (slot >= ROWS ? " is-below" : "") + (row.rank === 1 ? " is-first" : "") + (small ? " is-small" : "")}
      style={{ transform: "translateY(calc(var(--row) * " + slot + "))", transitionDelay: slot * 20 + "ms" }}
    >
      <span class="st-row-rank">{small ? "–" : known || row.before === null ? row.rank : row.before}</span>
      <span class={"st-row-name" + (long ? " is-long" : "")} data-ellipsis>
        {name}
        {!long && <small>{t(small ? "team.too_small" : "team.people", { count: row.size })}</small>}
      </span>
      <span class="st-row-points">{small ? "" : number(row.mean, 1)}</span>
    </li>
  );
}

function Person({ row }: { row: StandingRow }) {
  return (
    <li class={"st-team is-person" + (row.rank === 1 ? " is-first" : "")}>
      <span class="st-row-rank">{row.rank}</span>
      <span class="st-row-name" data-ellipsis>
        {shownName(row)}
      </span>
      <span class="st-row-points">{number(row.points)}</span>
    </li>
  );
}

interface BothProps {
  title: string;
  note: string;
  teams: readonly TeamRow[];
  people: readonly StandingRow[];
  name: string;
  play: boolean;
  /** Nobody climbs in the first question: before it all were equal. */
  first?: boolean;
  /** The key of what stands above the teams. */
  heading?: string;
}

/** Teams to the left, which move from their old places to the new ones; people to the right. */
function Both({ title, note, teams, people, name, play, first = false, heading = "team.heading" }: BothProps) {
  const rows = teams.slice(0, ROWS);
  const moved = useBeats(name, MOVE_AFTER_MS, play) > 0;
  return (
    <div class="st-standings st-both">
      <div class="st-standings-head">
        <h1>{title}</h1>
        <p>{note}</p>
      </div>
      <div class={"st-both-lists" + (rows.length > 0 ? " is-two" : "")}>
        {rows.length > 0 && (
          <section>
            <h2>{t(heading)}</h2>
            <ol class="st-teams" role="list">
              {rows.map((row, slot) => (
                <Team key={row.team} row={row} slot={moved ? slot : startSlot(rows, row, slot)} known={moved || first} />
              ))}
            </ol>
          </section>
        )}
        <section>
          <h2>{t("team.persons")}</h2>
          <ol class={"st-persons" + (rows.length > 0 ? "" : " is-alone")} role="list">
            {people.slice(0, ROWS).map((row) => (
              <Person key={row.seat} row={row} />
            ))}
          </ol>
        </section>
      </div>
    </div>
  );
}

export function TeamStandings({ picture, play }: { picture: StageState; play: boolean }) {
  const { q } = picture;
  return (
    <Both
      title={t("stage.standings")}
      note={q ? t("stage.after", { n: q.n, of: q.of }) : ""}
      teams={picture.teams}
      people={picture.top}
      name={"teams" + (q ? q.n : 0)}
      play={play}
      first={!!q && q.n <= 1}
    />
  );
}

/** The podium, with teams in the places of people. */
export function TeamPodium({ picture, play }: { picture: StageState; play: boolean }) {
  const top = picture.teams
    .filter((row) => row.rank !== null)
    .map((row, place) => ({
      rank: row.rank!,
      seat: place + 1,
      name: teamName(row),
      unit: null,
      points: row.mean,
      correct: 0,
      time_ms: 0,
      gain: 0,
      before: null,
    }));
  return <Podium picture={{ ...picture, top }} play={play} />;
}

/** The last picture of a round of teams: thanks, and both lists. */
export function TeamFinished({ picture }: { picture: StageState }) {
  return (
    <Both
      title={t("stage.finished")}
      note={picture.title}
      teams={picture.teams}
      people={picture.top}
      name="finished"
      play={false}
    />
  );
}

export function HallStandings({ hall }: { hall: Overall }) {
  return (
    <Both
      title={t("overall.heading")}
      note={t("overall.note", { rounds: hall.rounds, people: hall.people })}
      teams={hall.teams}
      people={hall.top}
      heading="overall.teams"
      name={"hall" + hall.rounds}
      play={false}
    />
  );
}
