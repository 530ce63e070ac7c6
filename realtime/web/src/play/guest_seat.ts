/**
 * Tells the festival's guest on this phone, if there is one, which seat they took. The round never waits for it and
 * never hears of it: whatever goes wrong, the seat simply belongs to nobody in particular.
 */

import { recall } from "../core/storage";

const MARK = "festival";
const SPREAD_MS = 4000;
const told: { [ticket: string]: boolean } = {};

/** One small request per seat, some seconds after the welcome so that a hall does not send them all at once. */
export function tellFestival(ticket: string): void {
  const slug = recall(MARK);
  if (!slug || !/^[a-z0-9-]+$/.test(slug) || told[ticket]) return;
  told[ticket] = true;
  setTimeout(() => {
    fetch("/api/festivals/" + slug + "/seat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "same-origin",
      body: JSON.stringify({ ticket }),
    }).catch(() => {
      // No network: said again with the next welcome.
      told[ticket] = false;
    });
  }, 500 + Math.random() * SPREAD_MS);
}
