/** Chooses the scene: what is live now, else the programme. */

import { useEffect, useState } from "preact/hooks";
import { Brocade } from "../core/brocade";
import { lang, t } from "../core/i18n";
import { useUnit } from "../stage/scale";
import { Idle } from "./idle";
import { refused, stage, trouble } from "./link";
import { Plain } from "./plain";
import { scenes } from "./scenes";

const BAND = 28;

function toggleFullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  // Refused by the browser: nothing the hall should see.
  done.catch(() => undefined);
}

/** Keys for whoever stands at the projector: B blank, F full screen, arrows among the live items and the programme. */
function useKeys(): { blank: boolean; picked: number } {
  const [blank, setBlank] = useState(false);
  const [picked, setPicked] = useState(0);
  useEffect(() => {
    function onKey(pressed: KeyboardEvent): void {
      if (pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
      if (pressed.key === "b" || pressed.key === "B") setBlank((now) => !now);
      else if (pressed.key === "f" || pressed.key === "F") toggleFullScreen();
      else if (pressed.key === "ArrowRight") setPicked((now) => now + 1);
      else if (pressed.key === "ArrowLeft") setPicked((now) => now - 1);
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return { blank, picked };
}

export function FestivalStage() {
  const [frame, unit] = useUnit<HTMLDivElement>();
  const { blank, picked } = useKeys();
  const shown = stage.value;
  useEffect(() => {
    document.title = shown ? shown.festival.title + " · " + t("stage.page") : t("stage.page");
  }, [shown && shown.festival.title, lang.value]);
  if (!shown) {
    return (
      <div class="fs-waiting" ref={frame}>
        <h1>{t(refused.value ? "stage.link_old" : "stage.waiting")}</h1>
      </div>
    );
  }
  // What runs by the side all day (gates, booths) is no scene unless somebody picks it.
  const live = shown.items.filter((item) => item.state === "live");
  const acting = live.filter((item) => item.kind !== "gate" && item.kind !== "booth");
  const choices = [...acting, null, ...live.filter((item) => acting.indexOf(item) < 0)];
  const at = ((picked % choices.length) + choices.length) % choices.length;
  const item = choices[at] || null;
  const Scene = item && (scenes[item.kind] || Plain);
  const told = shown.announcements[0];
  return (
    <div class="fs" ref={frame}>
      {blank ? (
        <div class="fs-blank" />
      ) : (
        <>
          <div class="fs-band">
            <Brocade height={Math.max(1, BAND * unit)} />
          </div>
          <div class="fs-scene">
            {unit > 0 && (Scene && item ? <Scene key={item.id} item={item} stage={shown} /> : <Idle stage={shown} unit={unit} />)}
          </div>
          {told && <p class="fs-told">{(lang.value === "en" && told.en) || told.vi}</p>}
        </>
      )}
      {trouble.value && <i class="fs-trouble" aria-hidden="true" />}
    </div>
  );
}
