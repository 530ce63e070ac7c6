/**
 * Answers on their way: kept on this phone before they are sent, resent with the same id until their receipt comes,
 * also across reloads and lost networks. Never decides whether an answer is in time: the receipt says so.
 */

import { signal } from "@preact/signals";
import type { Answer, Choice, Receipt } from "../core/frames";
import { keep, keepValue, recallValue } from "../core/storage";
import { randomId } from "./device";

export interface Pending {
  id: string;
  q: number;
  choice: Choice;
  think: number | null;
  round: number;
}

/** What waits for its receipt, oldest first. */
export const waiting = signal<Pending[]>([]);
/** The receipts of this page's life, by question number. */
export const receipts = signal<{ [q: number]: Receipt }>({});

const RESEND_MS = 4000;
let place: string | null = null;
let send: (frame: Answer) => boolean = () => false;
let stuck: () => void = () => undefined;
let timer = 0;
let unanswered = 0;
let round = 0;

/** `handOver` puts a frame on the wire; `looksDead` is called when the wire takes frames and never answers. */
export function connectOutbox(handOver: (frame: Answer) => boolean, looksDead: () => void): void {
  send = handOver;
  stuck = looksDead;
}

/** Works for the seat of `ticket` from now on, with what is still kept for it. */
export function openOutbox(ticket: string): void {
  const name = "outbox." + ticket.slice(0, 10);
  if (name !== place) receipts.value = {};
  place = name;
  const kept = recallValue<Pending[]>(name);
  waiting.value = Array.isArray(kept) ? kept : [];
}

/** Forgets what waits: the seat was given up. */
export function dropOutbox(): void {
  if (place) keep(place, null);
  place = null;
  waiting.value = [];
  receipts.value = {};
  clearTimeout(timer);
}

/** Works for this round of the hall from now on: what belongs to another one is over. */
export function outboxRound(now: number): void {
  if (now === round) return;
  if (round) receipts.value = {};
  round = now;
  if (waiting.value.some((pending) => pending.round !== now)) {
    store(waiting.value.filter((pending) => pending.round === now));
  }
}

function store(next: Pending[]): void {
  waiting.value = next;
  if (place) {
    if (next.length) keepValue(place, next);
    else keep(place, null);
  }
}

/**
 * Keeps an answer, then sends it. A question that has an answer waiting or receipted is left as it is; one whose answer
 * was refused (tapped in a pause, say) may be answered again.
 */
export function answer(q: number, choice: Choice, think: number | null): boolean {
  const receipt = receipts.value[q];
  if (pendingFor(q) || (receipt && receipt.status !== "refused")) return false;
  store([...waiting.value, { id: randomId(), q, choice, think, round }]);
  unanswered = 0;
  flush();
  return true;
}

/** Sends all that waits, and again every few seconds until nothing does. */
export function flush(): void {
  clearTimeout(timer);
  if (!waiting.value.length) return;
  let handed = false;
  for (const pending of waiting.value) {
    handed = send({ t: "answer", ...pending }) || handed;
  }
  timer = window.setTimeout(() => {
    if (handed && ++unanswered % 2 === 0) stuck();
    else flush();
  }, RESEND_MS);
}

/** The server says that an answer waits for its storage: the link is alive, so it is kept. */
export function stillWaiting(): void {
  unanswered = 0;
}

/** Takes note of a receipt; whatever it says, the answer needs no sending any more. */
export function onReceipt(receipt: Receipt): void {
  unanswered = 0;
  receipts.value = { ...receipts.value, [receipt.q]: receipt };
  store(waiting.value.filter((pending) => pending.id !== receipt.id));
}

export function pendingFor(q: number): Pending | null {
  return waiting.value.filter((pending) => pending.q === q)[0] || null;
}
