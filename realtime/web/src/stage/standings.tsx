/** The ranked list: ten rows that go from their old places to the new ones while the points count up. */

import type { StageState, StandingRow } from "../core/frames";
import { number, t } from "../core/i18n";
import { useBeats, useCountUp } from "./beats";
import { shownName, unitName } from "./people";

const ROWS = 10;
const MOVE_AFTER_MS = [1100];

/** The slot from 0 in which each row starts: by its old rank; who was not among the ten comes from below. */
export function startSlots(rows: readonly StandingRow[]): { [seat: number]: number } {
  const old = rows
    .filter(({ before }) => before !== null && before <= ROWS)
    .slice()
    .sort((a, b) => a.before! - b.before! || a.rank - b.rank);
  const slots: { [seat: number]: number } = {};
  old.forEach(({ seat }, slot) => (slots[seat] = slot));
  rows.forEach(({ seat }, slot) => {
    if (!(seat in slots)) slots[seat] = Math.max(slot, ROWS);
  });
  return slots;
}

interface RowProps {
  row: StandingRow;
  /** Nobody climbs in the first question: before it all were equal. */
  first: boolean;
  slot: number;
  moved: boolean;
}

function Row({ row, slot, moved, first }: RowProps) {
  const points = useCountUp(row.points - row.gain, row.points, moved);
  const climbed = row.before === null || first ? 0 : row.before - row.rank;
  const hidden = slot >= ROWS;
  const unit = unitName(row.unit);
  return (
    <li
      class={"st-row" + (hidden ? " is-below" : "") + (row.rank === 1 ? " is-first" : "")}
      style={{ transform: "translateY(calc(var(--row) * " + slot + "))", transitionDelay: slot * 20 + "ms" }}
    >
      <span class="st-row-rank">{moved || row.before === null || first ? row.rank : row.before}</span>
      <span class="st-row-name">
        {shownName(row)}
        {unit && <small>{unit}</small>}
      </span>
      <span class="st-row-climb">
        {moved && climbed !== 0 && (
          <span class={climbed > 0 ? "is-up" : "is-down"}>
            <span aria-hidden="true">
              {climbed > 0 ? "▲" : "▼"} {Math.abs(climbed)}
            </span>
            <span class="only-read">
              {t(climbed > 0 ? "stage.up" : "stage.down", { places: Math.abs(climbed) })}
            </span>
          </span>
        )}
      </span>
      <span class="st-row-gain">{row.gain > 0 ? "+" + number(row.gain) : ""}</span>
      <span class="st-row-points">{number(points)}</span>
    </li>
  );
}

export function Standings({ picture, play }: { picture: StageState; play: boolean }) {
  const rows = picture.top.slice(0, ROWS);
  const n = picture.q ? picture.q.n : 0;
  const moved = useBeats("standings" + n, MOVE_AFTER_MS, play) > 0;
  const starts = startSlots(rows);
  return (
    <div class="st-standings">
      <div class="st-standings-head">
        <h1>{t("stage.standings")}</h1>
        {picture.q && <p>{t("stage.after", { n, of: picture.q.of })}</p>}
      </div>
      {rows.length === 0 ? (
        <p class="st-nobody">{t("stage.no_points")}</p>
      ) : (
        <ol class="st-rows" role="list">
          {rows.map((row, slot) => (
            <Row key={row.seat} row={row} first={n <= 1} slot={moved ? slot : starts[row.seat]!} moved={moved} />
          ))}
        </ol>
      )}
    </div>
  );
}
