/**
 * The golden bell for the hall: the floor as a grid of seats that go dark and light up again, and the last one who rings.
 * A seat's state is told by its shape as well as by its colour.
 */

import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Bell, StageState } from "../core/frames";
import { number, t } from "../core/i18n";
import { Cross } from "../core/options";
import { reducedMotion } from "../core/motion";
import { useBeats, useCountUp } from "./beats";
import { shownName, unitName } from "./people";

/** Up to here tiles carry names, then numbers; beyond, seats are dots. */
const NAMED = 60;
const NUMBERED = 500;
const DARK_AFTER_MS = [900];
const FALL_MS = 1400;
const WIDTH = 1760;
const HEIGHT = 700;
const LAST_NAMES = 12;
const LONG_HEADING = 20;

/** Pills for the head of a question: how many are on the floor, and how many this question put out or brought back. */
export function BellPills({ bell, revealed }: { bell: Bell; revealed: boolean }) {
  return (
    <>
      {bell.rescue && <span class="st-pill is-loud">{t("floor.rescue_question")}</span>}
      <span class="st-pill is-bell">
        <BellShape />
        {t("floor.on", { count: number(bell.left) })}
        {revealed && bell.went > 0 && <b class="is-down"> {t("floor.minus", { count: number(bell.went) })}</b>}
        {revealed && bell.back > 0 && <b class="is-up"> {t("floor.plus", { count: number(bell.back) })}</b>}
      </span>
    </>
  );
}

export function BellShape() {
  return (
    <svg class="st-bell-shape" viewBox="0 0 24 24" aria-hidden="true">
      <path
        fill="currentColor"
        d="M12 2a2 2 0 0 1 2 2c3 1 5 4 5 7v4l2 3H3l2-3v-4c0-3 2-6 5-7a2 2 0 0 1 2-2zM9.5 19h5a2.5 2.5 0 0 1-5 0z"
      />
    </svg>
  );
}

export type Sign = "i" | "o" | "x" | "r";
interface Tile {
  seat: number;
  sign: Sign;
}

/** The seats that are here, with their signs. */
export function tiles(floor: string): Tile[] {
  const found: Tile[] = [];
  for (let i = 0; i < floor.length; i++) {
    const sign = floor.charAt(i);
    if (sign !== ".") found.push({ seat: i + 1, sign: sign as Sign });
  }
  return found;
}

/** How many columns make the largest tiles of about this proportion for `count` seats. */
export function columns(count: number, proportion: number, height = HEIGHT): number {
  let best = 1;
  let largest = 0;
  for (let cols = 1; cols <= count; cols++) {
    const rows = Math.ceil(count / cols);
    const size = Math.min(WIDTH / cols / proportion, height / rows);
    if (size > largest) {
      largest = size;
      best = cols;
    }
  }
  return best;
}

interface TilesProps {
  all: Tile[];
  /** Null: too many for names. */
  names: { [seat: number]: string } | null;
  fallen: boolean;
  room: number;
}

function Tiles({ all, names, fallen, room }: TilesProps) {
  const cols = columns(all.length, names ? 2.4 : 1.15, room);
  const rows = Math.ceil(all.length / cols);
  const height = Math.min(room / rows, names ? 230 : 130);
  const width = Math.min(WIDTH / cols, names ? 560 : 150);
  // A name may take two lines: the name one is called by comes last.
  const size = names ? Math.min(64, height * 0.32, width * 0.135) : Math.min(56, height * 0.42, width * 0.36);
  const style = {
    gridTemplateColumns: "repeat(" + cols + ", calc(var(--u) * " + width + "))",
    gridAutoRows: "calc(var(--u) * " + height + ")",
    fontSize: "calc(var(--u) * " + size + ")",
    "--gap": "calc(var(--u) * " + Math.max(1.5, Math.min(8, height * 0.06)) + ")",
  };
  let falling = 0;
  return (
    <div class={"st-floor" + (names ? " is-named" : "")} style={style} aria-hidden="true">
      {all.map(({ seat, sign }) => {
        const shown = sign === "x" && !fallen ? "i" : sign;
        const delay = sign === "x" ? Math.min(FALL_MS, falling++ * 60) : 0;
        return (
          <span key={seat} class={"st-tile is-" + shown} style={delay ? { transitionDelay: delay + "ms" } : undefined}>
            <span>
              {shown === "x" && names && <Cross />}
              <em data-ellipsis>{names ? names[seat] || t("stage.person", { seat: String(seat) }) : seat}</em>
            </span>
          </span>
        );
      })}
    </div>
  );
}

/** Thousands of seats: one drawing. Lit seats are full squares, dark ones small dots, those going out crosses. */
function Dots({ all, fallen, play, room }: { all: Tile[]; fallen: boolean; play: boolean; room: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const falls = play && fallen && !reducedMotion();
    const start = performance.now();
    let frame = 0;
    function step(now: number): void {
      const share = falls ? Math.min(1, (now - start) / FALL_MS) : 1;
      draw(element!, all, fallen ? share : 0);
      if (share < 1) frame = requestAnimationFrame(step);
    }
    step(start);
    return () => cancelAnimationFrame(frame);
  }, [all, fallen, room]);
  const style = { height: "calc(var(--u) * " + room + ")" };
  return <canvas ref={canvas} class="st-dots" width={WIDTH} height={room} style={style} aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, all: readonly Tile[], share: number): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const room = canvas.height;
  const cols = columns(all.length, 1, room);
  const rows = Math.ceil(all.length / cols);
  const cell = Math.min(WIDTH / cols, room / rows);
  const left = (WIDTH - cell * cols) / 2;
  const top = (room - cell * rows) / 2;
  pen.clearRect(0, 0, WIDTH, room);
  let falling = 0;
  const toFall = all.reduce((count, { sign }) => count + (sign === "x" ? 1 : 0), 0) * share;
  all.forEach(({ sign }, index) => {
    const x = left + (index % cols) * cell;
    const y = top + Math.floor(index / cols) * cell;
    const dark = sign === "o" || (sign === "x" && falling++ < toFall);
    if (dark && sign === "x") cross(pen, x, y, cell);
    else if (dark) block(pen, x, y, cell, 0.26, "#4a5163");
    else block(pen, x, y, cell, 0.8, sign === "r" ? "#7fe0ac" : "#f6f4ef");
  });
}

function block(pen: CanvasRenderingContext2D, x: number, y: number, cell: number, part: number, tone: string): void {
  const size = cell * part;
  pen.fillStyle = tone;
  pen.fillRect(x + (cell - size) / 2, y + (cell - size) / 2, size, size);
}

function cross(pen: CanvasRenderingContext2D, x: number, y: number, cell: number): void {
  const from = cell * 0.22;
  const to = cell * 0.78;
  pen.strokeStyle = "#ff8a80";
  pen.lineWidth = Math.max(1, cell * 0.14);
  pen.beginPath();
  pen.moveTo(x + from, y + from);
  pen.lineTo(x + to, y + to);
  pen.moveTo(x + to, y + from);
  pen.lineTo(x + from, y + to);
  pen.stroke();
}

/** The floor after a question, or lighting up again at a rescue. */
export function Floor({ picture, play }: { picture: StageState; play: boolean }) {
  const bell = picture.bell!;
  const all = useMemo(() => tiles(picture.floor || ""), [picture.floor]);
  const fallen = useBeats("floor" + (picture.q ? picture.q.n : 0), DARK_AFTER_MS, play && bell.went > 0) > 0;
  const rescued = bell.back > 0;
  const before = rescued && !bell.rescue ? bell.left : bell.left + bell.went;
  const left = useCountUp(before, bell.left, fallen, FALL_MS);
  const names: { [seat: number]: string } = {};
  for (const person of picture.floor_people) names[person.seat] = shownName(person);
  const named = all.length <= NAMED;
  // In a large hall the last few are told by name below the grid.
  const last = named || picture.floor_people.length > LAST_NAMES ? [] : picture.floor_people;
  const room = HEIGHT - (last.length > 0 ? 24 + 64 * Math.ceil(last.length / 4) : 0);
  let news = "";
  if (rescued) news = t("floor.came", { count: number(bell.back) });
  else if (bell.went > 0) news = t("floor.went", { count: number(bell.went) });
  let heading = t("floor.left", { count: number(left) });
  if (left === 0) heading = t("floor.none");
  else if (left === 1 && bell.out > 0) heading = t("floor.only");
  return (
    <div class="st-bell">
      <div class="st-bell-head">
        <h1 class={heading.length > LONG_HEADING ? "is-long" : ""}>{heading}</h1>
        <p>
          {rescued && <b class="is-up">{t("floor.rescue")}</b>}
          {news && <span class={rescued ? "is-up" : "is-down"}>{news}</span>}
          {bell.rescue_next ? (
            <span class="is-gold">{t("floor.rescue_next")}</span>
          ) : (
            picture.q && <span>{t("floor.after", { n: picture.q.n, of: picture.q.of })}</span>
          )}
        </p>
      </div>
      <p class="only-read">{t("floor.grid", { left: bell.left, out: bell.out })}</p>
      <div class="st-floor-box">
        {all.length > NUMBERED ? (
          <Dots all={all} fallen={fallen} play={play} room={room} />
        ) : (
          <Tiles all={all} names={named ? names : null} fallen={fallen} room={room} />
        )}
      </div>
      {last.length > 0 && (
        <ul class="st-floor-last" role="list">
          {last.map((person) => (
            <li key={person.seat}>{shownName(person)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

const RING_AFTER_MS = [4200];

/** Who rings the bell: after a roll the name, or the names, of those who were never out. */
export function BellPodium({ picture, play }: { picture: StageState; play: boolean }) {
  const bell = picture.bell!;
  const rung = useBeats("bell", RING_AFTER_MS, play) > 0;
  const ringers = picture.ringers;
  const many = ringers.length > 1;
  const more = bell.winners - ringers.length;
  return (
    <div class={"st-gold" + (rung ? " is-rung" : "") + (play ? "" : " is-quiet")}>
      <svg class="st-gold-bell" viewBox="0 0 24 24" aria-hidden="true">
        <path fill="currentColor" d="M12 2a2 2 0 0 1 2 2c3 1 5 4 5 7v4l2 3H3l2-3v-4c0-3 2-6 5-7a2 2 0 0 1 2-2z" />
        <path class="st-gold-tongue" fill="currentColor" d="M9.5 19h5a2.5 2.5 0 0 1-5 0z" />
      </svg>
      <h1>{!rung ? t("floor.drum") : many ? t("floor.together", { count: number(bell.winners) }) : t("floor.bell")}</h1>
      {rung && (
        <ol class={"st-ringers" + (many ? (ringers.length > 4 ? " is-many" : " is-some") : "")} role="list">
          {ringers.map((person) => (
            <li key={person.seat}>
              <span data-ellipsis>{shownName(person)}</span>
              {ringers.length <= 4 && unitName(person.unit) && <small>{unitName(person.unit)}</small>}
            </li>
          ))}
          {more > 0 && <li class="is-more">{t("floor.more", { count: number(more) })}</li>}
        </ol>
      )}
      {rung && many && <p>{t("floor.order")}</p>}
    </div>
  );
}
