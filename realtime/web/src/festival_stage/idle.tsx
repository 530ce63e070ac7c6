/** Nothing is on: the programme, the way in, how many have come. */

import { number, t } from "../core/i18n";
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
  // Gates and booths stand beside the programme all day.
  const course = stage.items.filter((item) => item.kind !== "gate" && item.kind !== "booth");
  // No more cards are given then.
  const over = stage.festival.state === "over";
  return (
    <div class="fs-idle">
      <div class="fs-left">
        <h1>{stage.festival.title}</h1>
        {stage.festival.place && <p class="fs-where">{stage.festival.place}</p>}
        {over && <p class="fs-over">{t("stage.over")}</p>}
        <ol class="fs-list">
          {around(course.length ? course : stage.items, over ? LINES - 1 : LINES).map((item) => (
            <li key={item.id} class={"is-" + item.state}>
              <time>{timeText(item.starts_at)}</time>
              <span>{item.title}</span>
              {item.state === "live" && <b>{t("stage.live")}</b>}
            </li>
          ))}
        </ol>
      </div>
      <div class="fs-right">
        {!over && (
          <>
            <img class="fs-qr" src={"/f/" + stage.festival.slug + "/qr.svg"} alt={t("stage.qr")} />
            <p>{t("stage.scan")}</p>
          </>
        )}
        <p class="fs-guests">
          <b>{number(stage.guests)}</b> {t("stage.guests")}
        </p>
      </div>
    </div>
  );
}
