/**
 * The attempt under way: start or take over, send every answer until its receipt comes, hand in, end at the limit.
 * The server alone says how much time is left and what was in time.
 */

import { effect, signal, untracked } from "@preact/signals";
import { msLeft } from "../core/countdown";
import { stayAwake } from "../play/device";
import { Refusal } from "./api";
import { isPaper, lookAt, saveAnswer, startAttempt, submitPaper } from "./attempts_api";
import { guessTime, hearTime, isGuess, stopClock, until } from "./clock";
import { deviceName, mine, refresh } from "./me";
import { go, place } from "./place";
import type { Answers, Choice, Paper, Result, SaveReply } from "./types";
import {
  answered,
  change,
  emptyWork,
  forget,
  merged,
  nextSeq,
  paper,
  pending,
  recallWork,
  store,
  storePaper,
  work,
  type Work,
} from "./work";

/** open: may be worked on · handing: hand-in is on its way · moved: another device has it · none: no attempt here. */
export type Stage = "none" | "open" | "handing" | "moved";

export const stage = signal<Stage>("none");
/** The time is up: the hand-in that is on its way is the last word. */
export const timeIsUp = signal(false);
/** The hand-in was sent back because the prediction is missing. */
export const predictionMissing = signal(false);
/** The result of the attempt that ended on this page, and how many of its answers came too late. */
export const ended = signal<{ result: Result; late: number } | null>(null);

const WAITS_MS = [800, 1500, 3000, 5000, 8000];
const QUIET_MS = 60_000;
/** Well below the 8 KiB the server takes. */
const MOST_BYTES = 5000;

let busy = false;
let failures = 0;
let timer = 0;
let quiet = 0;
let limit = 0;
/** Typed answers wait for a pause in typing; performance.now() by position. */
const due: { [position: string]: number } = {};

// Taking it up.

/** Starts an attempt, or takes over the one that is open. Rejects with a Refusal that says why not. */
export function begin(): Promise<void> {
  const sent = performance.now();
  return startAttempt(deviceName()).then((sheet) => {
    const kept = recallWork();
    const before = kept && kept.work.id === sheet.id ? kept.work : emptyWork(sheet.id, "");
    take(sheet, { ...before, ticket: sheet.ticket || "", submitting: false }, sent);
    go("attempt", "", true);
  });
}

function take(sheet: Paper, before: Work, sent: number): void {
  stopClock();
  hearTime(sheet.left_ms, sent, performance.now());
  storePaper(sheet);
  const now = merged(before, sheet.answers || {});
  const positions = (sheet.questions || []).length;
  store({ ...now, at: Math.min(now.at, positions), ends: Date.now() + sheet.left_ms });
  ended.value = null;
  timeIsUp.value = false;
  predictionMissing.value = false;
  stage.value = "open";
  failures = 0;
  watchLimit();
  pump();
}

/** Goes on with what this device still has, if anything; with or without a network. */
export function resumeHere(): boolean {
  const kept = recallWork();
  if (!kept) return false;
  paper.value = kept.paper;
  work.value = kept.work;
  guessTime(kept.work.ends - Date.now());
  stage.value = kept.work.submitting ? "handing" : "open";
  if (stage.value === "handing") handIn();
  else sync();
  watchLimit();
  return true;
}

/** Asks how the attempt stands: after a reload, a lost network, a pocket. */
export function sync(): Promise<void> {
  const now = work.value;
  if (!now) return Promise.resolve();
  const sent = performance.now();
  return lookAt(now.id, now.ticket)
    .then((found) => {
      const here = work.value;
      if (!here || here.id !== found.id) return;
      failures = 0;
      if (!isPaper(found)) return finish(found);
      hearTime(found.left_ms, sent, performance.now());
      storePaper({ ...found, ticket: here.ticket });
      store({ ...merged(here, found.answers || {}), ends: Date.now() + found.left_ms });
      if (stage.value === "moved") stage.value = "open";
      pump();
    })
    .catch((error) => {
      // A ticket that is no longer good: another device has the attempt.
      if (error instanceof Refusal && !error.passing) moveAway();
      else later(sync);
    });
}

function moveAway(): void {
  if (stage.value === "none") return;
  stage.value = "moved";
  clearTimeout(timer);
  // The other device may have handed it in meanwhile: then there is nothing to go on with.
  const asked = performance.now();
  refresh().then(() => {
    const told = mine.value;
    const over = told !== null && told.at >= asked && (!told.value.open || told.value.open.id !== work.value?.id);
    if (!over || stage.value !== "moved") return;
    forget();
    leaveToOther();
  });
}

// Answers.

/** Keeps a choice (null takes it back) and sends it, at once or after a pause of `afterMs` without another one. */
export function answer(position: number, choice: Choice | null, afterMs = 0): void {
  const now = work.value;
  if (!now || stage.value !== "open" || timeIsUp.value) return;
  const refused = { ...now.refused };
  delete refused[position];
  const kept = { choice, seq: nextSeq(now) };
  store({ ...now, refused, answers: { ...now.answers, [position]: kept } });
  if (position === 0 && choice !== null) predictionMissing.value = false;
  if (afterMs) due[position] = performance.now() + afterMs;
  else delete due[position];
  pump();
}

export function draft(position: number, text: string): void {
  if (work.value) change({ drafts: { ...work.value.drafts, [position]: text } });
}

/** Shows another question; what was typed at the last one needs no more waiting. */
export function show(position: number): void {
  for (const each of Object.keys(due)) delete due[each];
  change({ at: position });
  pump();
}

function later(what: () => void): void {
  clearTimeout(timer);
  const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]!;
  failures++;
  timer = window.setTimeout(what, wait * (0.7 + Math.random() * 0.6));
}

/** Sends what has no receipt, one at a time, oldest first, until nothing waits. */
function pump(): void {
  const now = work.value;
  if (!now || busy || stage.value !== "open") return;
  clearTimeout(timer);
  clearTimeout(quiet);
  const waiting = pending(now);
  if (!waiting.length) {
    quiet = window.setTimeout(() => !document.hidden && sync(), QUIET_MS);
    return;
  }
  const at = performance.now();
  const ready = waiting.filter((position) => !(due[position]! > at))[0];
  if (ready === undefined) {
    timer = window.setTimeout(pump, 100);
    return;
  }
  const sending = now.answers[ready]!;
  const seq = sending.seq;
  busy = true;
  saveAnswer(now.id, now.ticket, ready, sending)
    .then((reply) => {
      busy = false;
      failures = 0;
      if (work.value && work.value.id === now.id) heard(ready, seq, reply, at);
      pump();
    })
    .catch((error) => {
      busy = false;
      if (error instanceof Refusal && (error.status === 422 || error.status === 400)) refuse(ready, seq);
      else if (error instanceof Refusal && !error.passing) sync();
      else later(pump);
    });
}

function heard(position: string, seq: number, reply: SaveReply, sent: number): void {
  const now = work.value!;
  if (reply.status === "moved") return moveAway();
  if (reply.status === "over") {
    sync();
    return;
  }
  if (reply.left_ms !== undefined) hearTime(reply.left_ms, sent, performance.now());
  if (reply.status === "refused") return refuse(position, seq);
  const kept = reply.kept ? reply.kept.seq : 0;
  const receipts = { ...now.receipts, [position]: Math.max(now.receipts[position] || 0, kept, seq) };
  const ours = now.answers[position]!;
  // Another device or tab was later: what the server keeps is the answer.
  const theirs = reply.status === "stale" && reply.kept !== null && ours.seq === seq;
  const answers = theirs ? { ...now.answers, [position]: reply.kept! } : now.answers;
  store({ ...now, receipts, answers });
}

function refuse(position: string, seq: number): void {
  const now = work.value;
  if (!now || !now.answers[position] || now.answers[position]!.seq !== seq) return;
  store({ ...now, refused: { ...now.refused, [position]: true } });
  pump();
}

// Handing in.

/** Hands the paper in, with every answer that has no receipt; asks again until the server has said that it has it. */
export function handIn(): void {
  const now = work.value;
  if (!now || stage.value === "moved") return;
  stage.value = "handing";
  change({ submitting: true });
  clearTimeout(timer);
  clearTimeout(quiet);
  const answers: Answers = {};
  let bytes = 0;
  for (const position of pending(now)) {
    bytes += JSON.stringify(now.answers[position]).length * 2 + 12;
    if (bytes < MOST_BYTES) answers[position] = now.answers[position]!;
  }
  const left = pending(now).length - Object.keys(answers).length;
  submitPaper(now.id, now.ticket, answers)
    .then((told) => {
      if (!work.value || work.value.id !== now.id) return;
      failures = 0;
      // What the limit or an earlier hand-in took without these is late.
      const missed = Math.max(0, answered(now) - told.result.answered);
      finish(told.result, Math.max(missed, told.again ? left + Object.keys(answers).length : 0));
    })
    .catch((error) => {
      if (stage.value !== "handing") return;
      if (error instanceof Refusal && error.code === "prediction_missing") return comeBack(true);
      if (error instanceof Refusal && !error.passing) {
        change({ submitting: false });
        stage.value = "open";
        sync();
      } else later(handIn);
    });
}

/** Back to the questions from a hand-in that has not arrived. */
export function comeBack(missing = false): void {
  if (stage.value !== "handing") return;
  clearTimeout(timer);
  predictionMissing.value = missing;
  stage.value = "open";
  change({ submitting: false, at: missing ? 0 : work.value!.at });
  if (missing && timeIsUp.value) sync();
  else pump();
}

function finish(result: Result, late?: number): void {
  const now = work.value;
  const lost = late !== undefined ? late : now ? pending(now).length : 0;
  clearTimeout(timer);
  clearTimeout(quiet);
  clearTimeout(limit);
  forget();
  stopClock();
  stage.value = "none";
  ended.value = { result, late: lost };
  if (place.value.screen === "attempt") go("result", result.id, true);
  refresh();
}

/** Takes the attempt back from the other device, if it is still open there. */
export function takeBack(): Promise<void> {
  const now = work.value;
  return refresh().then(() => {
    const open = mine.value && mine.value.value.open;
    if (now && open && open.id === now.id) return begin();
    return sync().then(() => {
      if (stage.value === "moved") leaveToOther();
    });
  });
}

/** Gives up this device's part of an attempt that another device has. */
export function leaveToOther(): void {
  clearTimeout(timer);
  clearTimeout(limit);
  stage.value = "none";
  work.value = null;
  stopClock();
  go("home", "", true);
  refresh();
}

/** Somebody signs out of this device: nothing of theirs stays on it. The server keeps what it has. */
export function abandon(): void {
  clearTimeout(timer);
  clearTimeout(quiet);
  clearTimeout(limit);
  stage.value = "none";
  ended.value = null;
  forget();
  stopClock();
}

function watchLimit(): void {
  clearTimeout(limit);
  const left = msLeft(until.value);
  if (left === null || isGuess() || stage.value === "none" || stage.value === "moved") return;
  if (left > 0) {
    limit = window.setTimeout(watchLimit, Math.min(left + 30, 30_000));
    return;
  }
  timeIsUp.value = true;
  handIn();
}
effect(() => {
  if (until.value.end !== null) untracked(watchLimit);
});

effect(() => stayAwake(stage.value === "open"));

/** Back from no network or from a pocket: ask at once, not after the back-off. */
export function wake(): void {
  failures = 0;
  if (stage.value === "handing") handIn();
  else if (stage.value === "open" || stage.value === "moved") sync();
}
