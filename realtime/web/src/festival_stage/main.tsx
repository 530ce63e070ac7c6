/** The projector's page of a festival: /f/{slug}/stage#TOKEN. It follows the programme. */

import "../core/polyfills";
import { render } from "preact";
import { addWords, lang } from "../core/i18n";
import en from "../locale/festival_stage.en.json";
import vi from "../locale/festival_stage.vi.json";
import { FestivalStage } from "./app";
import { ask } from "./link";

addWords(vi, en);
const wanted = new URLSearchParams(location.search).get("lang");
if (wanted === "vi" || wanted === "en") lang.value = wanted;
document.documentElement.classList.add("dark");

/** Keeps the projector from falling asleep; asked for again whenever the page comes back to the front. */
async function stayAwake(): Promise<void> {
  const device = navigator as unknown as { wakeLock?: { request(kind: "screen"): Promise<unknown> } };
  if (!device.wakeLock || document.hidden) return;
  try {
    await device.wakeLock.request("screen");
  } catch (_) {
    // Low battery or not allowed: the projector's own settings decide.
  }
}

document.addEventListener("visibilitychange", () => void stayAwake());
window.addEventListener("hashchange", () => location.reload());
render(<FestivalStage />, document.getElementById("stage")!);
ask();
void stayAwake();
