/**
 * Carries what waits to the server: in batches, oldest first, again until it is answered for. The server takes each thing
 * once, so that sending twice (two tabs, a lost answer) is harmless. Never forgets anything without an answer.
 */

import { effect, signal } from "@preact/signals";
import { ask, Refusal } from "../contest/api";
import { offline } from "../play/device";
import { add, remove, waiting } from "./queue";
import { dead, onAnswers, pairings, slug, storeCame, storeInfo, storePairings, type Pairing } from "./store";
import type { Info, Told, Waiting } from "./types";

const MOST = 50;
const MOST_BYTES = 7000;
const OFFLINE_AFTER_MS = 15_000;
const REST_MS = 20_000;
const PATHS = "/api/festivals/" + slug + "/staff";

export type Net = "ok" | "sending" | "down";
export const net = signal<Net>("ok");
/** When the server was last heard, by this phone's clock. */
export const heardAt = signal(0);

/** The network is away, long enough to say so: a link that blinks is not worth a word. */
export const down = signal(false);
let downTimer = 0;
effect(() => {
  const away = offline.value || net.value === "down";
  clearTimeout(downTimer);
  if (!away) down.value = false;
  else downTimer = window.setTimeout(() => (down.value = true), 800);
});

let timer = 0;
let running = false;
let failures = 0;
let most = MOST;

const bytes = (text: string) => unescape(encodeURIComponent(text)).length;

function batchOf(items: Waiting[], now: number): Waiting[] {
  const batch: Waiting[] = [];
  let size = 200;
  for (const item of items) {
    item.entry.offline = now - item.entry.at > OFFLINE_AFTER_MS;
    const more = bytes(JSON.stringify(item.entry)) + 1;
    if (batch.length && (batch.length >= most || size + more > MOST_BYTES)) break;
    size += more;
    batch.push(item);
  }
  return batch;
}

/** Things of older links go first, under their own link. */
function next(): { pairing: Pairing; batch: Waiting[] } | null {
  for (const pairing of pairings.value.slice().reverse()) {
    const items = waiting.value.filter((one) => one.pairing === pairing.id && !one.stuck);
    if (items.length) return { pairing, batch: batchOf(items, Date.now()) };
  }
  return null;
}

function send(pairing: Pairing, batch: Waiting[]): Promise<void> {
  const left = waiting.value.length - batch.length;
  const after = waiting.value.filter((one) => batch.indexOf(one) < 0)[0];
  return ask<Told>(PATHS + "/batch", {
    ticket: pairing.token,
    body: {
      now: Date.now(),
      waiting: left,
      oldest_at: after ? after.entry.at : null,
      entries: batch.map((one) => one.entry),
    },
  }).then((told) => {
    onAnswers(told.answers);
    storeCame(told.came);
    if (pairing === pairings.value[0]) dead.value = told.revoked ? "revoked" : "";
    most = MOST;
    return told.answers.length ? remove(told.answers.map((one) => one.nonce)) : undefined;
  });
}

function failed(pairing: Pairing, batch: Waiting[], error: unknown): Promise<void> | void {
  if (!(error instanceof Refusal) || error.passing) throw error;
  if (error.status === 401 || error.status === 404) {
    if (pairing === pairings.value[0]) dead.value = "unknown";
    throw error;
  }
  // One of them cannot be read: halve until it is found, and set it aside.
  if (batch.length > 1) {
    most = Math.ceil(batch.length / 2);
    return;
  }
  const bad = batch[0];
  if (!bad) throw error;
  return add({ ...bad, stuck: true });
}

function tidy(): void {
  const used = pairings.value.filter((one, i) => i === 0 || waiting.value.some((item) => item.pairing === one.id));
  if (used.length !== pairings.value.length) storePairings(used);
}

function round(): Promise<void> {
  const work = next();
  const pairing = work ? work.pairing : pairings.value[0];
  if (!pairing) return Promise.resolve();
  const batch = work ? work.batch : [];
  if (batch.length) net.value = "sending";
  return send(pairing, batch)
    .catch((error) => failed(pairing, batch, error))
    .then(() => {
      failures = 0;
      heardAt.value = Date.now();
      net.value = "ok";
      tidy();
      if (next()) return round();
      return undefined;
    });
}

/** Sends all that waits; does so by itself from now on. */
export function flush(): void {
  clearTimeout(timer);
  if (running) return;
  running = true;
  round()
    .catch(() => {
      failures++;
      net.value = "down";
    })
    .then(() => {
      running = false;
      const pause = failures ? Math.min(30_000, 1500 * Math.pow(2, failures)) * (0.7 + Math.random() * 0.6) : REST_MS;
      timer = window.setTimeout(flush, next() && !failures ? 50 : pause);
    });
}

/** Asks what this phone is for. */
export function refresh(): void {
  const pairing = pairings.value[0];
  if (!pairing) return;
  ask<Info>(PATHS, { ticket: pairing.token }).then(
    (told) => {
      heardAt.value = Date.now();
      storeInfo(told);
    },
    (error) => {
      if (error instanceof Refusal && (error.status === 401 || error.status === 404)) dead.value = "unknown";
      else net.value = "down";
    },
  );
}

window.addEventListener("online", () => {
  failures = 0;
  flush();
});
window.addEventListener("offline", () => (net.value = "down"));
