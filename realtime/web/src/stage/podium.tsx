/** The winners: third, second, and after a drum roll the first; and the card at the end. */

import type { StageState, StandingRow } from "../core/frames";
import { number, t } from "../core/i18n";
import { useBeats } from "./beats";
import { shownName, unitName } from "./people";

/** ms from the start to the third, the second, the first step; a step without a winner passes unseen. */
export const STEPS_MS = { 3: 1200, 2: 3800, 1: 7600 } as const;
type Step = 1 | 2 | 3;
const LEFT_TO_RIGHT: readonly Step[] = [2, 1, 3];
const RISING: readonly Step[] = [3, 2, 1];
const MOST_NAMES = 4;
const LOZENGES = 28;

/** Who stands on the podium: rows with points, by rank; ties share a step. */
export function winners(rows: readonly StandingRow[], rank: number): StandingRow[] {
  return rows.filter((row) => row.rank === rank && row.points > 0);
}

function StepBlock({ step, rows, told, drum }: { step: Step; rows: StandingRow[]; told: boolean; drum: boolean }) {
  const more = rows.length - MOST_NAMES;
  return (
    <li class={"st-step is-" + step + (told ? " is-told" : "") + (drum ? " is-drum" : "")}>
      <div class={"st-step-names" + (rows.length > 1 ? " is-many" : "")}>
        {told && (
          <>
            {rows.slice(0, MOST_NAMES).map((row) => (
              <p key={row.seat}>
                {shownName(row)}
                {rows.length < 3 && <small>{unitName(row.unit)}</small>}
              </p>
            ))}
            {more > 0 && <p class="is-more">{t("stage.more", { count: more })}</p>}
          </>
        )}
      </div>
      <div class="st-step-block">
        <b>{step}</b>
        <span class="st-step-prize">{t("stage.rank." + step)}</span>
        <span class="st-step-points">
          {told && rows[0] ? number(rows[0].points) + " " + t("stage.points") : "\u00a0"}
        </span>
      </div>
    </li>
  );
}

function Lozenges() {
  return (
    <div class="st-lozenges" aria-hidden="true">
      {Array.from({ length: LOZENGES }, (_, n) => (
        <i
          key={n}
          style={{
            left: ((n * 37 + 11) % 100) + "%",
            animationDelay: ((n * 173) % 1400) + "ms",
            animationDuration: 2600 + ((n * 311) % 1600) + "ms",
          }}
        />
      ))}
    </div>
  );
}

export function Podium({ picture, play }: { picture: StageState; play: boolean }) {
  const steps = RISING.map((step) => ({ step, rows: winners(picture.top, step) })).filter(({ rows }) => rows.length > 0);
  const passed = useBeats("podium", steps.map(({ step }) => STEPS_MS[step]), play);
  const told = (step: Step) => steps.slice(0, passed).some((each) => each.step === step);
  const allTold = passed >= steps.length;
  // The roll begins when only the first is left.
  const drum = !allTold && passed === steps.length - 1;
  const others = picture.top.filter((row) => row.rank > 3 && row.points > 0);
  return (
    <div class="st-podium">
      {allTold && play && steps.length > 0 && <Lozenges />}
      <h1>{drum ? t("stage.drum") : t("stage.podium")}</h1>
      {steps.length === 0 ? (
        <p class="st-nobody">{t("stage.no_points")}</p>
      ) : (
        <ol class="st-steps" role="list">
          {LEFT_TO_RIGHT.map((step) => {
            const found = steps.find((each) => each.step === step);
            return found ? (
              <StepBlock key={step} step={step} rows={found.rows} told={told(step)} drum={drum && step === 1} />
            ) : null;
          })}
        </ol>
      )}
      <ol class={"st-others" + (allTold ? " is-told" : "")} role="list">
        {others.slice(0, 7).map((row) => (
          <li key={row.seat}>
            <b>{row.rank}</b> {shownName(row)}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The last picture of a round: thanks, and the ten best. */
export function Finished({ picture }: { picture: StageState }) {
  const bell = picture.bell;
  const rows = picture.top.filter((row) => !!bell || row.points > 0);
  return (
    <div class="st-finished">
      <p class="st-finished-title">{picture.title}</p>
      <h1>{t("stage.finished")}</h1>
      <p class="st-finished-people">{t("stage.finished_people", { count: picture.seats })}</p>
      {rows.length > 0 && (
        <>
          <h2>{t("stage.results")}</h2>
          <ol class={"st-results" + (rows.length < 6 ? " is-few" : "")} role="list">
            {rows.map((row) => (
              <li key={row.seat} class={row.rank <= (bell ? bell.winners : 3) ? "is-winner" : ""}>
                <b>{row.rank}</b>
                <span class="st-results-name">{shownName(row)}</span>
                <span class="st-results-points">{number(row.points)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
