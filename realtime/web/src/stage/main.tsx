/** The projector's page: /stage#TOKEN. The token stays in the fragment and never reaches a server's log. */

import "../core/polyfills";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { addWords, lang, t } from "../core/i18n";
import bellEn from "../locale/bell_stage.en.json";
import bellVi from "../locale/bell_stage.vi.json";
import duelEn from "../locale/duel_stage.en.json";
import duelVi from "../locale/duel_stage.vi.json";
import hallEn from "../locale/hall_stage.en.json";
import hallVi from "../locale/hall_stage.vi.json";
import en from "../locale/stage.en.json";
import vi from "../locale/stage.vi.json";
import { loadUnits } from "../play/units";
import { connectStage, counts, end, picture, refused } from "./link";
import { follow, sounding, toggle as toggleSound } from "./sound";
import { StageView } from "./view";

addWords(vi, en);
addWords(bellVi, bellEn);
addWords(duelVi, duelEn);
addWords(hallVi, hallEn);
const wanted = new URLSearchParams(location.search).get("lang");
if (wanted === "vi" || wanted === "en") lang.value = wanted;
document.documentElement.classList.add("dark");

const link = connectStage(decodeURIComponent(location.hash.slice(1)));

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

function toggleFullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  // Refused by the browser: nothing the hall should see.
  done.catch(() => undefined);
}

document.addEventListener("keydown", (pressed) => {
  if (pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
  if (pressed.key === "f" || pressed.key === "F") toggleFullScreen();
  if (pressed.key === "m" || pressed.key === "M") toggleSound();
});
document.addEventListener("visibilitychange", () => void stayAwake());
window.addEventListener("hashchange", () => location.reload());

/** How the sound stands, where the host looks before the hall is quiet: in the lobby, and for a moment after the key. */
function SoundSign() {
  const shown = picture.value;
  const now = sounding();
  const [fresh, setFresh] = useState(false);
  useEffect(() => {
    setFresh(true);
    const timer = window.setTimeout(() => setFresh(false), 4000);
    return () => clearTimeout(timer);
  }, [now]);
  const lobby = !!shown && shown.phase === "lobby";
  if (!shown || shown.blank || now === "none") return null;
  // Elsewhere it would lie over what people read: only the answer to the key, for a moment.
  const silent = now !== "on" || !shown.sound;
  if (!(lobby && silent) && !(fresh && (lobby || now !== "blocked"))) return null;
  return (
    <p class="st-sound" role="status">
      {t("stage.sound." + (shown.sound ? now : "host"))}
    </p>
  );
}

function Stage() {
  const shown = picture.value;
  const trouble = link.state.value !== "open";
  useEffect(() => {
    document.title = shown ? shown.title + " · " + t("stage.page") : t("stage.page");
  }, [shown && shown.title, lang.value]);
  return (
    <>
      {shown ? (
        <StageView picture={shown} counts={counts.value} deadline={end.value} />
      ) : (
        <div class="st-waiting">
          <h1>{refused.value ? t("stage.link_old") : t("stage.waiting")}</h1>
        </div>
      )}
      <SoundSign />
      {trouble && shown && <i class="st-trouble" aria-hidden="true" />}
    </>
  );
}

render(<Stage />, document.getElementById("stage")!);
link.start();
follow(
  () => picture.value,
  () => end.value,
);
loadUnits();
void stayAwake();
