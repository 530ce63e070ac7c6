/**
 * The seat of this phone in one live round: its ticket, its socket, the latest picture. The one place that hears frames.
 * Draws nothing.
 */

import { effect, signal } from "@preact/signals";
import {
  CloseCode,
  type Choice,
  type ErrorFrame,
  type Hello,
  type PhaseName,
  type ReactionKind,
  type Resume,
  type State,
  type ToPhone,
  type Welcome,
  type You,
} from "../core/frames";
import { lang } from "../core/i18n";
import { createSocket } from "../core/socket";
import { keepValue, keep, recallValue } from "../core/storage";
import { buzz, stayAwake } from "./device";
import { dropDraft } from "./drafts";
import { tellFestival } from "./guest_seat";
import { connectOutbox, dropOutbox, flush, onReceipt, openOutbox, outboxRound, pendingFor, receipts, stillWaiting } from "./outbox";
import { pollingWire } from "./polling";

export interface Seat {
  ticket: string;
  code: string;
  seat: number;
  name: string;
  of: number;
  /** Who came when the golden bell had begun: the question that was missed. */
  late?: number;
}

/** join: the form · room: seated (the picture may still be on its way) · the others: told why it ended. */
export type Where = "join" | "joining" | "room" | "replaced" | "kicked" | "broken";

export interface Seen {
  frame: State;
  /** performance.now() when it came. */
  at: number;
}

export const where = signal<Where>("join");
export const seat = signal<Seat | null>(null);
export const seen = signal<Seen | null>(null);
export const you = signal<You | null>(null);
/** Why the form is shown again: a catalogue key under `error.`, with the server's words for codes we do not know. */
export const notice = signal<{ code: string; message: string } | null>(null);
/** The hall has gone on to another round while this page was open. */
export const moved = signal(false);
/** The name typed, to tell when it was admitted as another one. */
export const typedName = signal("");

let hello: Hello | null = null;
/** A new connection has not shown the room yet: until then an answer would not be understood. */
let toFlush = false;
/** The seat has just been given. */
let fresh = false;

// A tab keeps its own seat over reloads, so that two players may share one browser; a new tab takes the latest.
function tabSeat(next?: Seat | null): Seat | null {
  try {
    if (next === null) sessionStorage.removeItem("hoithi.seat");
    else if (next) sessionStorage.setItem("hoithi.seat", JSON.stringify(next));
    else return JSON.parse(sessionStorage.getItem("hoithi.seat") || "null");
  } catch (_) {
    // No session storage: the common one will do.
  }
  return null;
}

/** The seat this browser had last, if any. */
export function storedSeat(): Seat | null {
  const kept = tabSeat() || recallValue<Seat>("seat");
  return kept && typeof kept.ticket === "string" && kept.ticket ? kept : null;
}

function forgetSeat(): void {
  const mine = seat.value;
  // Whoever is not seated has nothing to give up: a seat kept from another room stays offered.
  if (!mine) return;
  const common = recallValue<Seat>("seat");
  if (common && common.ticket === mine.ticket) keep("seat", null);
  tabSeat(null);
  dropOutbox();
  seat.value = null;
}

function clearPicture(): void {
  seen.value = null;
  you.value = null;
}

function greet(): Hello | Resume {
  const mine = seat.value;
  if (mine) return { t: "resume", ticket: mine.ticket, v: seen.value ? seen.value.frame.v : 0 };
  return hello!;
}

const socket = createSocket<ToPhone>({
  path: "/ws",
  greet,
  onFrame,
  onOpen: () => {
    // By polling the picture has come already; a socket is asked for nothing before it has found the seat.
    if (seat.value && polling.value) flush();
    else toFlush = true;
  },
  onStop,
  returns: () => !!seat.value,
  crowd: () => (you.value ? you.value.of : 0),
  fallback: (handlers) => pollingWire(greet, () => (seat.value ? seat.value.ticket : null), handlers),
});
export const link = socket.state;
export const polling = socket.polling;

connectOutbox(
  (frame) => socket.send(frame),
  () => socket.refresh(500),
);

/** Asks for a seat. The outcome shows in `where`. */
export function join(asked: Hello): void {
  seat.value = null;
  clearPicture();
  notice.value = null;
  hello = asked;
  typedName.value = asked.name;
  where.value = "joining";
  socket.start();
}

/** Gives up waiting for admission. */
export function stopJoining(): void {
  socket.stop();
  where.value = "join";
}

/** Takes a seat again by its ticket: at page load, after another tab had it. */
export function resume(mine: Seat): void {
  notice.value = null;
  clearPicture();
  seat.value = mine;
  tabSeat(mine);
  openOutbox(mine.ticket);
  where.value = "room";
  socket.start();
}

/** Takes a team of the host's list; `you` says what came of it. */
export function chooseTeam(team: string): void {
  socket.send({ t: "team", team });
}

/** Sends a reaction; it is for the moment, so nothing is kept when there is no link. */
export function react(kind: ReactionKind): void {
  if (!polling.value) socket.send({ t: "react", kind });
}

/** Leaves for another room. The seat and its points stay on the server; this phone forgets its ticket. */
export function leave(): void {
  socket.send({ t: "leave" });
  socket.stop();
  forgetSeat();
  clearPicture();
  where.value = "join";
}

/** A frame in full: the server leaves out what is not known yet. */
function whole(frame: You): You {
  return {
    ...frame,
    out_at: frame.out_at ?? null,
    back: frame.back ?? false,
    q: frame.q ?? null,
    kept: frame.kept ?? null,
    verdict: frame.verdict ?? null,
    award: frame.award ?? null,
    gap: frame.gap ?? null,
    fair_ms: frame.fair_ms ?? null,
    credit_ms: frame.credit_ms ?? null,
  };
}

function onFrame(frame: ToPhone, at: number): void {
  if (frame.t === "welcome") onWelcome(frame);
  else if (frame.t === "state") {
    onState({ ...frame, right: frame.right ?? null, why: frame.why ?? null, counts: frame.counts ?? null }, at);
    if (toFlush) {
      toFlush = false;
      flush();
    }
  } else if (frame.t === "you") {
    if (!you.value || frame.v >= you.value.v) you.value = whole(frame);
    if (fresh && frame.out_at && seat.value) keepSeat({ ...seat.value, late: frame.out_at });
    fresh = false;
  } else if (frame.t === "receipt") onReceipt(frame);
  else if (frame.t === "error") onError(frame);
}

function keepSeat(mine: Seat): void {
  seat.value = mine;
  keepValue("seat", mine);
  tabSeat(mine);
}

function onWelcome(frame: Welcome): void {
  const code = hello ? hello.code : seat.value ? seat.value.code : "";
  const mine: Seat = { ticket: frame.ticket, code, seat: frame.seat, name: frame.name, of: frame.of };
  fresh = !seat.value;
  keepSeat(mine);
  tellFestival(mine.ticket);
  openOutbox(mine.ticket);
  where.value = "room";
}

function onState(frame: State, at: number): void {
  const before = seen.value;
  if (before && frame.v < before.frame.v) return;
  outboxRound(frame.round);
  if (before && before.frame.round !== frame.round) {
    // The hall has gone on with everybody in it: same seat, other questions.
    dropDraft();
    you.value = null;
    moved.value = true;
  }
  seen.value = { frame, at };
  if (frame.phase === "open" && before && before.frame.phase === "get_ready") buzz(40);
}

function onError(frame: ErrorFrame): void {
  if (frame.code === "busy") stillWaiting();
  if (where.value !== "joining") return;
  socket.stop();
  notice.value = frame;
  where.value = "join";
}

function onStop(code: number): void {
  if (code === CloseCode.REPLACED) where.value = "replaced";
  else if (code === CloseCode.KICKED) {
    forgetSeat();
    where.value = "kicked";
  } else if (code === CloseCode.BAD_TICKET) endAt("ticket_unknown");
  else if (code === CloseCode.ROUND_OVER) {
    // Whoever sees the final card keeps it.
    if (!seen.value || !isFinal(seen.value.frame.phase)) endAt("round_over");
  } else if (where.value === "joining") endAt("refused");
  else {
    // A frame of ours was not understood: sending it again would end the same way.
    dropOutbox();
    where.value = "broken";
  }
}

function endAt(code: string): void {
  forgetSeat();
  clearPicture();
  notice.value = { code, message: "" };
  where.value = "join";
}

export function isFinal(phase: PhaseName): boolean {
  return phase === "finished" || phase === "cancelled";
}

/** What this seat has chosen for question `q`, as far as this phone knows: on its way, receipted or told by the server. */
export function myChoice(q: number): Choice | null {
  const pending = pendingFor(q);
  if (pending) return pending.choice;
  const receipt = receipts.value[q];
  if (receipt) return receipt.kept;
  const mine = you.value;
  return mine && mine.q === q ? mine.kept : null;
}

// A phase that should have ended long ago means that a frame was lost or the link is dead: ask for the picture anew.
// Spread out, and rarer each time: when it is the server that is late, a hall of phones must not make it worse.
const LATE_MS = 5000;
let watch = 0;
let lateVersion = 0;
let lateTimes = 0;
effect(() => {
  const now = seen.value;
  clearTimeout(watch);
  if (!now || !now.frame.q || now.frame.q.left === null || now.frame.phase === "paused") return;
  if (now.frame.v !== lateVersion) lateTimes = 0;
  lateVersion = now.frame.v;
  const patience = LATE_MS * Math.pow(2, Math.min(lateTimes, 4));
  watch = window.setTimeout(
    () => {
      lateTimes++;
      socket.refresh(patience);
    },
    now.frame.q.left * 1000 + patience,
  );
});

// A phone that slept has a dead socket that does not know it.
const BEAT_MS = 5000;
let beat = Date.now();
setInterval(() => {
  const gap = Date.now() - beat;
  beat = Date.now();
  if (gap > 4 * BEAT_MS) socket.refresh(1500);
}, BEAT_MS);

effect(() => {
  const now = seen.value;
  stayAwake(where.value === "room" && !!now && !isFinal(now.frame.phase));
});

/** The language travels with the next greeting. */
export function helloFor(
  code: string,
  name: string,
  unit: string | null,
  group: Hello["group"],
  team: string | null,
): Hello {
  return { t: "hello", code, name, unit, group, lang: lang.value, team };
}
