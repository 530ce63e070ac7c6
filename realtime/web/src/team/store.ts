/**
 * What the page knows: the link, the last answer about the member, the session in the making, what waits to be sent.
 * All of it is kept on the phone, so that the page works where there is no network.
 */

import { signal } from "@preact/signals";
import { ask, Refusal, refusalText } from "../contest/api";
import { Queue, type Outcome, type Waiting } from "../core/queue";
import { keep, keepValue, recall, recallValue } from "../core/storage";
import { randomId } from "../play/device";
import type { Draft, Me, Receipt } from "./types";

export type Act = { op: "record"; draft: Draft; saidAt: number } | { op: "undo"; nonce: string };

export const token = signal(recall("team.token") || "");
export const me = signal<Me | null>(recallValue<Me>("team.me"));
/** The server does not know the link (any more). */
export const dead = signal(false);
/** The receipt of what was just saved, for the screen that says so. */
export const receipts = signal<{ [nonce: string]: Receipt }>({});

/** Takes the link of the address over; another link is another member. */
export function takeLink(): void {
  const given = location.hash.slice(1);
  if (!/^[\w-]{20,64}$/.test(given)) return;
  if (given !== token.value) {
    keep("team.me", null);
    me.value = null;
  }
  keep("team.token", given);
  token.value = given;
  dead.value = false;
  history.replaceState(null, "", location.pathname);
}

function failed(error: unknown): Outcome {
  if (!(error instanceof Refusal) || error.passing) return "later";
  if (error.status === 401) {
    dead.value = true;
    return "stop";
  }
  return { refused: refusalText(error) };
}

function send(thing: Waiting<Act>): Promise<Outcome> {
  if (!token.value) return Promise.resolve<Outcome>("stop");
  const act = thing.value;
  const asked =
    act.op === "undo"
      ? ask<Receipt>("/api/team/sessions/" + act.nonce + "/undo", { body: {}, ticket: token.value })
      : ask<Receipt>("/api/team/sessions", { body: bodyOf(thing, act), ticket: token.value });
  return asked.then((receipt) => {
    receipts.value = { ...receipts.value, [receipt.nonce]: receipt };
    refresh();
    return "kept" as Outcome;
  }, failed);
}

function bodyOf(thing: Waiting<Act>, act: { draft: Draft; saidAt: number }): unknown {
  const { kind, village, place, skills, heads, cards, confirms, note } = act.draft;
  return {
    nonce: thing.id,
    kind,
    village_id: village,
    place,
    skills,
    headcounts: heads,
    cards,
    confirms,
    note,
    said_at: act.saidAt,
    device_at: Date.now(),
    offline: thing.late === true,
  };
}

export const queue = new Queue<Act>("team.queue", send);

let asking = false;
let askedAgain = false;
/** Asks the server anew about the member; who asks meanwhile gets an answer that is newer than the question. */
export function refresh(): void {
  if (asking) askedAgain = true;
  if (asking || !token.value) return;
  asking = true;
  ask<Me>("/api/team/me", { ticket: token.value }).then(
    (told) => {
      dead.value = false;
      me.value = told;
      keepValue("team.me", told);
      answered();
    },
    (error) => {
      failed(error);
      answered();
    },
  );
}

function answered(): void {
  asking = false;
  if (!askedAgain) return;
  askedAgain = false;
  refresh();
}

window.addEventListener("online", refresh);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});

// The session in the making.

function empty(): Draft {
  const own = (me.value ? me.value.villages : []).filter((village) => village.own);
  return {
    kind: null,
    village: own.length ? own[0]!.id : null,
    place: "",
    day: "",
    skills: [],
    heads: {},
    cards: [],
    confirms: false,
    note: "",
  };
}

export const draft = signal<Draft>(recallValue<Draft>("team.draft") || empty());

export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.value, ...part };
  keepValue("team.draft", draft.value);
}

/** A clean form; the village of the last session stays, for teams that serve several. */
export function startOver(): void {
  const last = draft.value.village;
  const fresh = empty();
  const known = (me.value ? me.value.villages : []).some((village) => village.id === last);
  draft.value = { ...fresh, village: known && last !== null ? last : fresh.village };
  keepValue("team.draft", draft.value);
}

/** How many people the form says were there, those with cards too. */
export function present(now: Draft): number {
  return Object.keys(now.heads).reduce((sum, group) => sum + (now.heads[group] || 0), 0) + now.cards.length;
}

/** Puts the session on its way; its name. */
export function save(): string {
  const nonce = randomId();
  const now = draft.value;
  queue.add(nonce, { op: "record", draft: now, saidAt: now.day ? noonOf(now.day) : Date.now() });
  startOver();
  return nonce;
}

function noonOf(day: string): number {
  const [year, month, date] = day.split("-").map(Number);
  return Math.min(Date.now(), new Date(year!, month! - 1, date!, 12).getTime());
}

/** Takes a session back: one that still waits is simply not sent, unless it may have arrived. */
export function undo(nonce: string): void {
  const waiting = queue.items.value.filter((thing) => thing.id === nonce)[0];
  if (waiting && waiting.refused) {
    queue.drop(nonce);
    return;
  }
  queue.add("undo-" + nonce, { op: "undo", nonce });
}
