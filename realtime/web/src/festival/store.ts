/**
 * What this phone knows: the state everybody is told, and its own guest. Asks again by itself, in the measure the server
 * wishes; keeps the last answers for when there is no network. The one place that asks for them.
 */

import { signal } from "@preact/signals";
import { ask, unreachable, type Ask } from "../contest/api";
import { keep, keepValue, recallValue } from "../core/storage";
import { festivalApi, place, slug } from "./place";
import { unitByCode } from "../play/units";
import type { Guest, Me, State } from "./types";

const STATE_KEY = "festival." + slug + ".state";
const ME_KEY = "festival.me";
/** The play page ties seats to guests only where this mark exists. */
export const MARK_KEY = "festival";

export const state = signal<State | null>(recallValue<State>(STATE_KEY));
export const me = signal<Me | null>(recallValue<Me>(ME_KEY));
/** Why there is no state: the festival is not there (404). */
export const missing = signal(false);

let etag: string | null = null;
let timer = 0;
let failures = 0;
let asking: Promise<void> | null = null;

/** Between half and one and a half of the wished pause: thousands of phones must not ask in step. */
const spread = (ms: number): number => ms * (0.75 + Math.random() * 0.5);

function plan(): void {
  clearTimeout(timer);
  const wish = state.value ? state.value.poll_s * 1000 : 5000;
  const pause = failures ? Math.min(60_000, Math.max(2000, wish) * Math.pow(2, failures - 1)) : wish;
  if (!document.hidden) timer = window.setTimeout(poll, spread(pause));
}

/** Asks for the state now, and from then on again and again. */
export function poll(): Promise<void> {
  if (asking) return asking;
  clearTimeout(timer);
  const headers: { [name: string]: string } = { Accept: "application/json" };
  if (etag && state.value) headers["If-None-Match"] = etag;
  const aborter = typeof AbortController === "function" ? new AbortController() : null;
  const limit = window.setTimeout(() => aborter && aborter.abort(), 12_000);
  asking = fetch(festivalApi("/state"), { headers, cache: "no-store", signal: aborter ? aborter.signal : undefined })
    .then((response) => {
      missing.value = response.status === 404;
      if (response.status === 304) return null;
      if (!response.ok) throw new Error(String(response.status));
      const tag = response.headers.get("ETag");
      return response.json().then((value: State) => {
        etag = tag;
        state.value = value;
        keepValue(STATE_KEY, value);
      });
    })
    .then(
      () => {
        failures = 0;
        unreachable.value = false;
      },
      () => {
        failures++;
        unreachable.value = !missing.value;
      },
    )
    .then(() => {
      clearTimeout(limit);
      asking = null;
      plan();
    });
  return asking;
}

/** Takes what the server said of this phone's guest, from `me` or from any call that returns it. */
export function takeMe(value: Me): Me {
  me.value = value;
  keepValue(ME_KEY, value);
  keep(MARK_KEY, value.guest ? slug : null);
  prepareRounds(value.guest);
  return value;
}

/** The door of live rounds finds its form filled in, unless the phone has a form of its own. */
function prepareRounds(guest: Guest | null): void {
  if (!guest || !guest.name || recallValue("form")) return;
  const unit = guest.commune ? unitByCode(guest.commune) : null;
  keepValue("form", { name: guest.name, unit: unit && { code: unit.code, name: unit.name }, group: guest.target_group });
}

/** Asks anew who this phone's guest is, and what they have done. */
export function refreshMe(): Promise<void> {
  return ask<Me>(festivalApi("/me")).then(takeMe).then(
    () => undefined,
    () => undefined,
  );
}

/** A call about this festival; `path` below /api/festivals/{slug}. Rejects with a Refusal. */
export function call<T>(path: string, options: Ask = {}): Promise<T> {
  return ask<T>(festivalApi(path), options);
}

let meTimer = 0;
/** A stamp given at a booth shall appear while the card is being shown; elsewhere once a minute is enough. */
function planMe(): void {
  clearTimeout(meTimer);
  const shown = place.value.screen === "card" || place.value.screen === "passport";
  meTimer = window.setTimeout(
    () => {
      if (document.hidden || !(me.value && me.value.guest)) planMe();
      else refreshMe().then(planMe);
    },
    spread(shown ? 8000 : 60_000),
  );
}

/** Begins to ask; call once. */
export function start(): void {
  poll();
  refreshMe();
  planMe();
  place.subscribe(planMe);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      poll();
      refreshMe();
    }
  });
  window.addEventListener("online", () => poll());
  // Two tabs: the other one may just have taken a card.
  window.addEventListener("storage", (changed) => {
    if (changed.key === "hoithi." + ME_KEY) me.value = recallValue<Me>(ME_KEY);
  });
}
