/** The attempts' part of the API: its requests, and its answers as the app's own shapes. Holds nothing. */

import { lang } from "../core/i18n";
import { ask } from "./api";
import { contestApi } from "./place";
import type {
  Answers,
  Choice,
  Kept,
  MyAttempts,
  Paper,
  PaperQuestion,
  PredictionAsked,
  Result,
  Review,
  RoundName,
  SaveReply,
} from "./types";

interface WireSheet {
  state: "open" | "submitted";
  attempt: string;
  ticket?: string;
  ordinal: number;
  round: RoundName;
  left_ms: number;
  limit_ms: number;
  questions: PaperQuestion[];
  prediction: PredictionAsked | null;
  kept: { [position: string]: Kept | null };
  result?: WireResult;
}
interface WireResult {
  attempt: string;
  round?: string;
  round_key?: string;
  round_name?: string;
  ordinal?: number;
  state?: string;
  started_at?: number;
  submitted_at: number | null;
  duration_ms: number | null;
  by_server: boolean;
  answered: number | null;
  of: number;
  score?: number | null;
  correct?: number | null;
  prediction: number | null;
  void?: boolean;
  key_published?: boolean;
  left_ms?: number;
}
interface WireRound extends RoundName {
  opens_at: number;
  closes_at: number;
  opens_in_ms: number;
  closes_in_ms: number;
}
interface WireMine {
  round: WireRound | null;
  next_round: WireRound | null;
  left: number | null;
  left_by?: { day: number | null; round: number | null; total: number | null };
  refusal: string | null;
  going_on: string | null;
  attempts: WireResult[];
}
interface WireLine {
  shown: PaperQuestion;
  choice: Choice | null;
  correct: boolean;
  right: Choice;
  why: string;
}

const VN_MS = 7 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

function sheetOf(wire: WireSheet): Paper {
  const answers: Answers = {};
  for (const position of Object.keys(wire.kept || {})) {
    const kept = wire.kept[position];
    if (kept) answers[position] = kept;
  }
  return {
    id: wire.attempt,
    ticket: wire.ticket,
    ordinal: wire.ordinal,
    round: wire.round,
    state: wire.state,
    left_ms: wire.left_ms,
    time_limit_s: wire.limit_ms / 1000,
    questions: wire.questions,
    prediction: wire.prediction,
    answers,
  };
}

function resultOf(wire: WireResult, rounds: (RoundName | null)[] = []): Result {
  const key = wire.round_key || wire.round || "";
  const known = rounds.filter((one) => one && one.key === key)[0];
  return {
    id: wire.attempt,
    ordinal: wire.ordinal || 0,
    round: { key, name: wire.round_name || (known ? known.name : "") },
    submitted_at: wire.submitted_at || 0,
    duration_ms: wire.duration_ms || 0,
    by_server: wire.by_server,
    answered: wire.answered || 0,
    of: wire.of,
    score: wire.score === undefined ? null : wire.score,
    correct: wire.correct === undefined ? null : wire.correct,
    prediction: wire.prediction,
    void: !!wire.void,
    review: !!wire.key_published,
  };
}

function address(id: string, path = ""): string {
  return "/api/attempts/" + id + path;
}

/** Starts an attempt or takes over the open one. Rejects with a Refusal that says why not. */
export function startAttempt(device: string): Promise<Paper> {
  return ask<WireSheet>(contestApi("/attempts"), { body: { device } }).then(sheetOf);
}

/** The attempt as it stands: its paper while it is open, its result when it is over. */
export function lookAt(id: string, ticket: string): Promise<Paper | Result> {
  return ask<WireSheet>(address(id) + "?lang=" + lang.value, { ticket }).then((wire) =>
    wire.result ? resultOf(wire.result) : sheetOf(wire),
  );
}

/** Whether what `lookAt` found is a paper to go on with. */
export function isPaper(found: Paper | Result): found is Paper {
  return "questions" in found;
}

export function saveAnswer(
  id: string,
  ticket: string,
  position: string,
  { choice, seq }: Kept,
  keepalive = false,
): Promise<SaveReply> {
  return ask<SaveReply>(address(id, "/answers/" + position), {
    method: "PUT",
    body: { choice, seq },
    ticket,
    keepalive,
  });
}

/** Hands in; `again`: the server had it before this request. */
export function submitPaper(id: string, ticket: string, left: Answers): Promise<{ again: boolean; result: Result }> {
  const answers = Object.keys(left).map((position) => ({ n: Number(position), ...left[position]! }));
  return ask<{ again: boolean; result: WireResult }>(address(id, "/submit"), { body: { answers }, ticket }).then(
    (told) => ({ again: told.again, result: resultOf(told.result) }),
  );
}

/** How long until the quota or the next round may let one in; null when nobody knows. */
function waitMs(told: WireMine): number | null {
  const next = told.next_round ? told.next_round.opens_in_ms : null;
  if (told.refusal === "quota_day" && told.round) {
    // The server's own time, from what it says of the round; days are those of Viet Nam.
    const now = told.round.closes_at - told.round.closes_in_ms;
    const midnight = DAY_MS - ((now + VN_MS) % DAY_MS);
    return midnight < told.round.closes_in_ms ? midnight : next;
  }
  return told.refusal === "not_open" || told.refusal === "quota_round" ? next : null;
}

/** My attempts, newest first, and whether another may start. */
export function myAttempts(): Promise<MyAttempts> {
  return ask<WireMine>(contestApi("/attempts?lang=" + lang.value)).then((told) => {
    const rounds = [told.round, told.next_round];
    const open = told.attempts.filter((one) => one.attempt === told.going_on)[0];
    return {
      attempts: told.attempts.filter((one) => one.state !== "open").map((one) => resultOf(one, rounds)),
      open: open ? { id: open.attempt, left_ms: open.left_ms || 0 } : null,
      start: {
        allowed: told.refusal === null,
        code: told.refusal,
        left: told.left_by || { day: null, round: null, total: null },
        least: told.left,
        wait_ms: waitMs(told),
      },
    };
  });
}

/** One attempt of mine with the right answers; `questions` null while the key is not published. */
export function reviewOf(id: string): Promise<Review> {
  return ask<WireResult & { review: WireLine[] | null }>(contestApi("/attempts/" + id + "?lang=" + lang.value)).then(
    (told) => ({
      result: resultOf(told),
      questions:
        told.review &&
        told.review.map((line) => ({
          ...line.shown,
          choice: line.choice,
          right: line.right,
          ok: line.correct,
          why: line.why,
        })),
    }),
  );
}
