/** Reactions from the hall: small signs that rise at the edge of the stage, never over what people read. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Counts, ReactionKind } from "../core/frames";
import { reducedMotion } from "../core/motion";
import { ReactionSign, REACTIONS } from "../core/reactions";

/** At one beat at most so many signs of a kind: ten thousand phones are a crowd, not a blizzard. */
const MOST_AT_ONCE = 8;
const RISE_MS = 2_600;

interface Rising {
  id: number;
  kind: ReactionKind;
  /** Share of the width of the strip, and ms to wait. */
  left: number;
  wait: number;
}

let made = 0;

/** The signs of one beat: a few for few, more for many, but ever fewer for each. */
export function signsFor(kind: ReactionKind, count: number): number {
  return kind && count > 0 ? Math.min(MOST_AT_ONCE, Math.ceil(Math.log2(count + 1))) : 0;
}

export function Reactions({ counts }: { counts: Counts | null }) {
  const [rising, setRising] = useState<Rising[]>([]);
  const timers = useRef<number[]>([]);
  useEffect(() => () => timers.current.forEach((timer) => clearTimeout(timer)), []);
  useEffect(() => {
    const told = counts ? counts.reactions : null;
    if (!told || reducedMotion()) return;
    const fresh: Rising[] = [];
    for (const kind of REACTIONS)
      for (let i = signsFor(kind, told[kind] || 0); i > 0; i--)
        fresh.push({ id: ++made, kind, left: Math.random(), wait: Math.round(Math.random() * 450) });
    if (fresh.length === 0) return;
    setRising((now) => now.concat(fresh));
    const gone = new Set(fresh.map(({ id }) => id));
    timers.current.push(
      window.setTimeout(() => setRising((now) => now.filter(({ id }) => !gone.has(id))), RISE_MS + 500),
    );
  }, [counts]);
  return (
    <div class="st-reactions" aria-hidden="true">
      {rising.map(({ id, kind, left, wait }) => (
        <i key={id} class={"is-" + kind} style={{ left: left * 100 + "%", animationDelay: wait + "ms" }}>
          <ReactionSign kind={kind} />
        </i>
      ))}
    </div>
  );
}
