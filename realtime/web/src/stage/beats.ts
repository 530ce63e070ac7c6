/** Things that happen one after another on the stage, and numbers that count up. */

import { useEffect, useState } from "preact/hooks";
import { reducedMotion } from "../core/motion";

/**
 * How many of the beats have passed; `delays` are ms from the start. Starts anew with another `key`. With `play` false
 * all have passed at once: whoever opens the page late sees the result, not the show.
 */
export function useBeats(key: string, delays: readonly number[], play: boolean): number {
  const [passed, setPassed] = useState<{ key: string; count: number }>({ key, count: play ? 0 : delays.length });
  useEffect(() => {
    if (!play) {
      setPassed({ key, count: delays.length });
      return;
    }
    setPassed({ key, count: 0 });
    const timers = delays.map((delay, index) =>
      window.setTimeout(() => setPassed({ key, count: index + 1 }), delay),
    );
    return () => timers.forEach((timer) => clearTimeout(timer));
  }, [key]);
  if (passed.key === key) return passed.count;
  return play ? 0 : delays.length;
}

/** `to`, reached from `from` within `ms` once `go` is true. */
export function useCountUp(from: number, to: number, go: boolean, ms = 700): number {
  const [shown, setShown] = useState(go ? to : from);
  useEffect(() => {
    if (!go) {
      setShown(from);
      return;
    }
    if (from === to || reducedMotion()) {
      setShown(to);
      return;
    }
    const start = performance.now();
    let frame = 0;
    function step(now: number): void {
      const share = Math.min(1, Math.max(0, (now - start) / ms));
      // Slows towards the end.
      setShown(Math.round(from + (to - from) * (1 - Math.pow(1 - share, 3))));
      if (share < 1) frame = requestAnimationFrame(step);
    }
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [from, to, go]);
  return shown;
}
