/** The console goes along when its hall goes on to another round. Draws nothing. */

import type { PhaseName } from "../../../../realtime/web/src/core/frames";

let following = false;

/** Opens the console of the next round; the projector's link, which goes along, is kept for it. */
export function followHall(round: number, next: number): void {
  if (following) return;
  following = true;
  try {
    const link = sessionStorage.getItem("hoithi.stage." + round);
    if (link) sessionStorage.setItem("hoithi.stage." + next, link);
  } catch (_) {
    // No storage: a new link is made when it is asked for.
  }
  location.replace("/host/" + next);
}

/** The standings of the hall may take the stage: never while a question is asked. */
export function mayShowOverall(phase: PhaseName): boolean {
  return ["lobby", "revealed", "standings", "podium", "finished"].indexOf(phase) >= 0;
}
