/**
 * What the projector knows: the last picture, the counts, the deadline. Keeps the last picture through every trouble
 * with the connection; never sends anything but its greeting.
 */

import { signal } from "@preact/signals";
import { deadline, type Deadline } from "../core/countdown";
import type { Counts, StageState, ToStage } from "../core/frames";
import { createSocket } from "../core/socket";

export const picture = signal<StageState | null>(null);
export const counts = signal<Counts | null>(null);
export const end = signal<Deadline>({ end: null });
/** The token no longer opens this stage: the only thing that is told, and only while there is no picture to keep. */
export const refused = signal(false);

/** A frame older than the picture shown comes from a connection that was slower than its successor. */
export function isNewer(next: StageState, shown: StageState | null): boolean {
  return shown === null || next.code !== shown.code || next.v >= shown.v;
}

/** A frame in full: what only comes after the reveal is null before it. */
export function whole<F extends StageState>(frame: F): F {
  return { ...frame, right: frame.right ?? null, why: frame.why ?? null, counts: frame.counts ?? null, teams: frame.teams ?? [] };
}

export function connectStage(token: string) {
  return createSocket<ToStage>({
    path: "/ws/stage",
    greet: () => ({ t: "stage", token }),
    onFrame(frame, at) {
      if (frame.t === "state") {
        if (!isNewer(frame, picture.value)) return;
        picture.value = whole(frame);
        end.value = deadline(frame.q ? frame.q.left : null, at);
      } else if (frame.t === "counts") {
        counts.value = frame;
      }
    },
    onStop() {
      refused.value = true;
    },
  });
}
