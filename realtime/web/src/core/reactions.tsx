/** The four reactions: their order and their signs, the same on phone and stage. */

import type { ReactionKind } from "./frames";

export const REACTIONS: readonly ReactionKind[] = ["clap", "heart", "wow", "laugh"];

const SHAPES: { [kind in ReactionKind]: string } = {
  clap: "M7 21c-2 0-4-2-4-5v-4a1.5 1.5 0 013 0V7.500a1.500 1.500 0 013 0V5a1.500 1.500 0 013 0v2.500a1.500 1.500 0 013 0V15c0 4-2 6-5 6zM17 3l-1 3M21 5l-3 2.500M22 10h-4",
  heart: "M12 21C5 15.500 2 12 2 8a5 5 0 0110-2 5 5 0 0110 2c0 4-3 7.500-10 13z",
  wow: "M12 2a10 10 0 100 20 10 10 0 000-20zM8 8v2M16 8v2M12 13a3 3 0 010 6 3 3 0 010-6z",
  laugh: "M12 2a10 10 0 100 20 10 10 0 000-20zM7 10l2-2 2 2M13 10l2-2 2 2M7 14h10a5 5 0 01-10 0z",
};

export function ReactionSign({ kind }: { kind: ReactionKind }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={SHAPES[kind]}
        fill={kind === "heart" ? "currentColor" : "none"}
        stroke="currentColor"
        stroke-width="2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
