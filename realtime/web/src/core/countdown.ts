/**
 * Time left, counted by this device's monotonic clock from the `left` of a frame and the moment that frame came.
 * Never compares a server's clock with a device's.
 */

import { useEffect, useState } from "preact/hooks";

export interface Deadline {
  /** performance.now() when the time is up; null: no end by itself. */
  readonly end: number | null;
}

/** The deadline of a frame with `left` seconds that arrived at `at` (performance.now()). */
export function deadline(left: number | null | undefined, at: number): Deadline {
  return { end: left === null || left === undefined ? null : at + left * 1000 };
}

/** ms left, never negative; null without an end. */
export function msLeft(of: Deadline): number | null {
  return of.end === null ? null : Math.max(0, of.end - performance.now());
}

/** Whole seconds left, rounded up, redrawn when they change; null without an end. */
export function useSecondsLeft(of: Deadline): number | null {
  const now = msLeft(of);
  const seconds = now === null ? null : Math.ceil(now / 1000);
  const [, redraw] = useState(0);
  useEffect(() => {
    let timer = 0;
    function plan(): void {
      const left = msLeft(of);
      if (left === null || left <= 0) return;
      // A little past the whole second, so that rounding up has moved on.
      timer = window.setTimeout(
        () => {
          redraw((n) => n + 1);
          plan();
        },
        (left % 1000) + 15,
      );
    }
    plan();
    return () => clearTimeout(timer);
  }, [of.end]);
  return seconds;
}
