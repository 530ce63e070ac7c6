/** What is played when: from the picture to cues and loops, as plain data. Makes no sound itself (`sound.ts`). */

import type { StageState } from "../core/frames";
import { STEPS_MS } from "./podium";

/** One stroke: which instrument, which note of the scale, how long after the start (s). */
export interface Stroke {
  on: "gong" | "bell" | "wood" | "drum";
  step: number;
  at: number;
  loud?: number;
}

/** A loop of strokes that starts again every `beats` beats. */
export interface Loop {
  beat: number;
  beats: number;
  strokes: readonly { on: Stroke["on"]; step: number; beat: number; loud?: number }[];
}

const gongs = (steps: readonly (number | null)[], loud: number) =>
  steps.flatMap((step, beat) => (step === null ? [] : [{ on: "gong" as const, step, beat, loud }]));

const LOBBY: Loop = {
  beat: 0.42,
  beats: 16,
  strokes: [
    ...gongs([0, null, 2, 3, null, 4, 3, null, 2, null, 5, 4, null, 3, 2, null], 0.3),
    ...[0, 8].map((beat) => ({ on: "gong" as const, step: -5, beat, loud: 0.4 })),
  ],
};
const READING: Loop = { beat: 0.6, beats: 4, strokes: gongs([0, null, -5, null], 0.22) };
const THINKING: Loop = {
  beat: 0.36,
  beats: 8,
  strokes: [
    ...gongs([0, null, null, 2, null, null, 3, null], 0.2),
    ...[0, 2, 4, 6].map((beat) => ({ on: "wood" as const, step: 0, beat, loud: 0.12 })),
  ],
};

/** The music of a picture, or none. Silence is for the moments in which people speak. */
export function loopOf(picture: StageState): Loop | null {
  if (picture.blank || !picture.sound) return null;
  if (picture.phase === "lobby") return LOBBY;
  if (picture.phase === "get_ready") return READING;
  if (picture.phase === "open") return THINKING;
  return null;
}

const rising = (steps: readonly number[], gap: number): Stroke[] =>
  steps.map((step, i) => ({ on: "gong", step, at: i * gap, loud: 0.5 }));

function roll(from: number, to: number): Stroke[] {
  const strokes: Stroke[] = [];
  for (let at = from; at < to; ) {
    const done = (at - from) / (to - from);
    strokes.push({ on: "drum", step: 0, at, loud: 0.2 + 0.4 * done });
    at += 0.16 - 0.09 * done;
  }
  return strokes;
}

/** What sounds once when the stage goes from one picture to another. `play` false: it is an old picture, seen late. */
export function cueOf(before: StageState | null, now: StageState): readonly Stroke[] {
  if (!before || now.blank || !now.sound) return [];
  const moved = before.phase !== now.phase || (before.q ? before.q.n : 0) !== (now.q ? now.q.n : 0);
  // Whoever goes on after a pause has heard it already.
  if (!moved || before.phase === "paused") return [];
  switch (now.phase) {
    case "open":
      return rising([2, 5], 0.12);
    case "closing":
      return [{ on: "gong", step: -5, at: 0, loud: 0.7 }];
    case "revealed":
      return rising([0, 2, 4, 5], 0.11);
    case "standings":
      return rising([0, 3], 0.14);
    case "podium":
      return [
        { on: "gong", step: 0, at: STEPS_MS[3] / 1000, loud: 0.6 },
        { on: "gong", step: 2, at: STEPS_MS[2] / 1000, loud: 0.6 },
        ...roll(STEPS_MS[2] / 1000 + 1.2, STEPS_MS[1] / 1000 - 0.1),
        ...[0, 0.5, 1].map((at, i): Stroke => ({ on: "bell", step: 5 + i, at: STEPS_MS[1] / 1000 + at })),
      ];
    default:
      return [];
  }
}

/** The last seconds of an open question are counted by ear. */
export const TICK_FROM = 5;
