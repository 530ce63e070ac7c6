/**
 * Who is using this page: the contest, the entry, the attempts so far. The one place that asks for them.
 * Draws nothing; `attempt.ts` holds the attempt under way.
 */

import { signal } from "@preact/signals";
import { lang } from "../core/i18n";
import { keep, recall } from "../core/storage";
import { randomId } from "../play/device";
import { ask, Refusal } from "./api";
import { myAttempts } from "./attempts_api";
import { contestApi, slug } from "./place";
import type { Contest, EntryForm, Me, MyAttempts } from "./types";

/** What was told, and performance.now() when it came: the `…_in_ms` count from then. */
export interface Told<T> {
  value: T;
  at: number;
}

export const me = signal<Told<Me> | null>(null);
export const mine = signal<Told<MyAttempts> | null>(null);
/** Why there is nothing to show; "network" tries again by itself. */
export const trouble = signal<Refusal | null>(null);

let retry = 0;
let failures = 0;

export function contest(): Contest | null {
  return me.value ? me.value.value.contest : null;
}

/** The name of this browser among those of one person: random, never leaves the contest's server. */
export function deviceName(): string {
  let name = recall("device");
  if (!name || !/^[0-9a-f]{32}$/.test(name)) {
    name = randomId();
    keep("device", name);
  }
  return name;
}

/** Asks anew who this is and what may be done; keeps what is shown until the answer is here. */
export function refresh(): Promise<void> {
  clearTimeout(retry);
  return ask<Me>(contestApi("/me?lang=" + lang.value))
    .then((value) => {
      me.value = { value, at: performance.now() };
      if (!value.signed_in || !value.entry) {
        mine.value = null;
        return undefined;
      }
      return myAttempts().then((attempts) => {
        mine.value = { value: attempts, at: performance.now() };
      });
    })
    .then(() => {
      failures = 0;
      trouble.value = null;
    })
    .catch((error) => {
      const refusal = error instanceof Refusal ? error : new Refusal(0, "", "", {}, 0);
      trouble.value = refusal;
      if (refusal.passing) {
        const wait = Math.min(15_000, 1000 * Math.pow(2, failures++));
        retry = window.setTimeout(refresh, Math.max(refusal.retryAfterMs, wait * (0.5 + Math.random())));
      }
    });
}

window.addEventListener("online", () => {
  if (trouble.value) refresh();
});

/** The entry form's settings; asked for anew each time the form is opened. */
export function loadForm(): Promise<EntryForm> {
  return ask<EntryForm>(contestApi("/form?lang=" + lang.value));
}

// The personal code is shown once by the server; until the person says that it is kept, this device remembers it.

export function freshCode(): string | null {
  return recall("code." + slug);
}

export function keepFreshCode(code: string | null): void {
  keep("code." + slug, code);
}

export function signOut(): Promise<void> {
  return ask<null>(contestApi("/sign-out"), { body: {} }).then(() => {
    keepFreshCode(null);
    return refresh();
  });
}
