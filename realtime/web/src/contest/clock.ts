/**
 * The time left of the attempt, from what the server says and this device's monotonic clock. The true end lies between
 * "sent + left" and "heard + left" of every reply; a clock that slept in a pocket is put right by the next one.
 */

import { signal } from "@preact/signals";
import type { Deadline } from "../core/countdown";

export const until = signal<Deadline>({ end: null });

/** Whether the end is only this device's own note of it: enough to show, not enough to end an attempt. */
let guessed = false;

export function isGuess(): boolean {
  return guessed;
}

/** A reply said `left` ms; the request went out at `sent` and the reply came at `heard` (both performance.now()). */
export function hearTime(left: number, sent: number, heard: number): void {
  const low = sent + left;
  const high = heard + left;
  const now = guessed ? null : until.value.end;
  guessed = false;
  const end = now === null ? low : Math.min(high, Math.max(low, now));
  if (now === null || Math.abs(end - now) > 20) until.value = { end };
}

/** Without any word of the server (a reload without network): this device's own note of the end. */
export function guessTime(left: number): void {
  guessed = true;
  until.value = { end: performance.now() + Math.max(0, left) };
}

export function stopClock(): void {
  guessed = false;
  until.value = { end: null };
}
