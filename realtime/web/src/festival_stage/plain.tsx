/** A live item that has no scene of its own: what it is, where, and how to come in when it is a live round. */

import { t } from "../core/i18n";
import { timeText } from "../festival/times";
import type { SceneProps } from "../festival/types";

export function Plain({ item, stage }: SceneProps) {
  const ends = item.ends_at ? "–" + timeText(item.ends_at) : "";
  return (
    <div class="fs-plain">
      {!item.code && (
        <div class="fs-corner">
          <img src={"/f/" + stage.festival.slug + "/qr.svg"} alt={t("stage.qr")} />
          <p>{t("stage.scan")}</p>
        </div>
      )}
      <p class="fs-kicker">
        {t("kind." + item.kind)} · {timeText(item.starts_at) + ends}
      </p>
      <h1>{item.title}</h1>
      {item.place && <p class="fs-where">{item.place}</p>}
      {item.note && <p class="fs-note">{item.note}</p>}
      {item.code && (
        <div class="fs-code">
          <img src={"/qr/" + item.code + ".svg"} alt="" />
          <div>
            <p>{t("stage.round_code")}</p>
            <b>{item.code.slice(0, 3) + " " + item.code.slice(3)}</b>
          </div>
        </div>
      )}
      <p class="fs-foot">{stage.festival.title}</p>
    </div>
  );
}
