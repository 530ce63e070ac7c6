/**
 * What was done on this phone and has no answer yet: kept in IndexedDB (localStorage where there is none) before anything
 * else happens, until the server has answered for it. Shared by all tabs; sends nothing itself.
 */

import { signal } from "@preact/signals";
import { keep, keepValue, recallValue } from "../core/storage";
import type { Waiting } from "./types";

const NAME = "hoithi-gate";
const STORE = "queue";
const FALLBACK = "gate-queue";
const TICK = "gate-tick";

/** Everything kept on this phone, oldest first. */
export const waiting = signal<Waiting[]>([]);
/** Nothing can be kept: what is done now is lost when the page closes. */
export const forgetful = signal(false);

let opened: Promise<IDBDatabase | null> | null = null;
let last = 0;

function open(): Promise<IDBDatabase | null> {
  if (!opened) {
    opened = new Promise((resolve) => {
      let asked: IDBOpenDBRequest;
      try {
        asked = indexedDB.open(NAME, 1);
      } catch (_) {
        resolve(null);
        return;
      }
      asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "nonce" });
      asked.onsuccess = () => {
        // Another version of the page wants in: let it, and open anew when needed.
        asked.result.onversionchange = () => {
          asked.result.close();
          opened = null;
        };
        resolve(asked.result);
      };
      asked.onerror = asked.onblocked = () => resolve(null);
    });
  }
  return opened;
}

function run<T>(mode: "readonly" | "readwrite", work: (store: IDBObjectStore) => IDBRequest<T> | void): Promise<T | null> {
  return open().then(
    (db) =>
      new Promise<T | null>((resolve, reject) => {
        if (!db) {
          reject(new Error("no database"));
          return;
        }
        // Strict: on the disk, not on its way there, where the browser knows the word.
        const options = { durability: "strict" };
        const deal = (db.transaction as (s: string, m: string, o: object) => IDBTransaction).call(db, STORE, mode, options);
        const asked = work(deal.objectStore(STORE));
        deal.oncomplete = () => resolve(asked ? asked.result : null);
        deal.onerror = deal.onabort = () => reject(deal.error || new Error("aborted"));
      }),
  );
}

function inOrder(found: Waiting[]): Waiting[] {
  return found.slice().sort((a, b) => a.seq - b.seq);
}

function fallback(): Waiting[] {
  const kept = recallValue<Waiting[]>(FALLBACK);
  return Array.isArray(kept) ? kept : [];
}

function storeFallback(items: Waiting[]): void {
  if (items.length) keepValue(FALLBACK, items);
  else keep(FALLBACK, null);
}

/** Reads what all tabs have kept. */
export function reload(): Promise<void> {
  return run<Waiting[]>("readonly", (store) => store.getAll() as IDBRequest<Waiting[]>)
    .catch(() => [] as Waiting[])
    .then((found) => {
      waiting.value = inOrder((found || []).concat(fallback()));
    });
}

/** A number above all given so far on this phone, so that the order survives clocks that go back. */
export function nextSeq(): number {
  let most = last;
  for (const one of waiting.value) most = Math.max(most, one.seq);
  last = Math.max(most + 1, Date.now());
  return last;
}

/** Keeps an item; resolves when it is safe. */
export function add(item: Waiting): Promise<void> {
  return run("readwrite", (store) => store.put(item) as unknown as IDBRequest<null>)
    .catch(() => {
      const items = fallback().filter((one) => one.nonce !== item.nonce);
      storeFallback(items.concat([item]));
      try {
        forgetful.value = (localStorage.getItem("hoithi." + FALLBACK) || "").indexOf(item.nonce) < 0;
      } catch (_) {
        forgetful.value = true;
      }
      return null;
    })
    .then(() => {
      waiting.value = inOrder(waiting.value.filter((one) => one.nonce !== item.nonce).concat([item]));
      keep(TICK, item.nonce);
    });
}

/** Lets go of what the server has answered for. */
export function remove(nonces: string[]): Promise<void> {
  const gone = (one: Waiting) => nonces.indexOf(one.nonce) < 0;
  storeFallback(fallback().filter(gone));
  return run("readwrite", (store) => nonces.forEach((nonce) => store.delete(nonce)))
    .catch(() => null)
    .then(() => {
      waiting.value = waiting.value.filter(gone);
      keep(TICK, "-" + nonces[0]);
    });
}

// Another tab has kept or sent something.
window.addEventListener("storage", (changed) => {
  if (changed.key === "hoithi." + TICK) reload();
});
