/** Which screen is shown; Back leads one step back. The address never holds the link's secret for long. */

import { signal } from "@preact/signals";

export type Screen = "home" | "where" | "skills" | "people" | "saved";

export const screen = signal<Screen>("home");
/** The session that the screen "saved" tells of. */
export const shown = signal("");

export function go(next: Screen, nonce = "", replace = false): void {
  if (replace) history.replaceState({ screen: next, nonce }, "");
  else history.pushState({ screen: next, nonce }, "");
  screen.value = next;
  shown.value = nonce;
}

window.addEventListener("popstate", (event) => {
  const state = event.state as { screen: Screen; nonce: string } | null;
  screen.value = state ? state.screen : "home";
  shown.value = state ? state.nonce : "";
});
