/** When a phone comes back from a pocket or a lost network, goes away for good, or changes its language. */

import { effect, untracked } from "@preact/signals";
import { lang } from "../core/i18n";
import { saveAnswer } from "./attempts_api";
import { stage, sync, wake } from "./attempt";
import { pending, work } from "./work";

window.addEventListener("online", wake);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) wake();
});
// The page may never come back: what waits is sent once more, without waiting for the reply.
window.addEventListener("pagehide", () => {
  const now = work.value;
  if (!now || stage.value !== "open") return;
  for (const position of pending(now)) {
    saveAnswer(now.id, now.ticket, position, now.answers[position]!, true).catch(() => undefined);
  }
});

let shownIn = lang.value;
effect(() => {
  // The questions come in the language asked for.
  if (lang.value === shownIn) return;
  shownIn = lang.value;
  if (untracked(() => stage.value) === "open") untracked(sync);
});
