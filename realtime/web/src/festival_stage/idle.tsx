/** Nothing is on: the programme, the way in, and the newest announcement. */

import { lang, number, t } from "../core/i18n";
import { timeText } from "../festival/times";
import type { Item, StageState } from "../festival/types";

const LINES = 6;

/** The lines around now: the last one done, then what comes. */
export function around(items: readonly Item[], most: number): Item[] {
  const next = items.findIndex((item) => item.state !== "done");
  const from = next < 0 ? Math.max(0, items.length - most) : Math.max(0, Math.min(next - 1, items.length - most));
  return items.slice(from, from + most);
}

export function Idle({ stage }: { stage: StageState; unit: number }) {
  const told = stage.announcements[0];
  return (
    <div class="fs-idle">
      <div class="fs-left">
        <h1>{stage.festival.title}</h1>
        {stage.festival.place && <p class="fs-where">{stage.festival.place}</p>}
        <ol class="fs-list">
          {around(stage.items, LINES).map((item) => (
            <li key={item.id} class={"is-" + item.state}>
              <time>{timeText(item.starts_at)}</time>
              <span>{item.title}</span>
              {item.state === "live" && <b>{t("stage.live")}</b>}
            </li>
          ))}
        </ol>
      </div>
      <div class="fs-right">
        <img class="fs-qr" src={"/f/" + stage.festival.slug + "/qr.svg"} alt={t("stage.qr")} />
        <p>{t("stage.scan")}</p>
        <p class="fs-guests">
          <b>{number(stage.guests)}</b> {t("stage.guests")}
        </p>
      </div>
      {told && <p class="fs-told">{(lang.value === "en" && told.en) || told.vi}</p>}
    </div>
  );
}
