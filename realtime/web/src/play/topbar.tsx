/** The bar at the top of every room screen, and the strip that tells of a lost network. */

import { LangButton, useHeld } from "../core/bar";
import { t } from "../core/i18n";
import { offline } from "./device";
import { waiting } from "./outbox";
import { link, polling, seat, where, you } from "./session";

export function TopBar() {
  const mine = seat.value;
  const now = you.value;
  const seated = where.value === "room";
  const down = useHeld(offline.value || (link.value !== "open" && link.value !== "stopped"), 1500);
  const slow = !down && link.value === "open" && polling.value;
  const word = down ? t("link.down") : slow ? t("link.slow") : "";
  return (
    <>
      <header class="topbar">
        {seated && <span class={"dot" + (down ? " is-down" : slow ? " is-slow" : "")} aria-hidden="true" />}
        <span class={word ? "link-word" : "only-read"} role="status">
          {seated ? word || t("link.good") : ""}
        </span>
        <span class="who" data-ellipsis>{down || !mine ? "" : mine.name}</span>
        {seated && now && <span class="points">{t("room.points", { points: now.points })}</span>}
        <LangButton />
      </header>
      {down && (
        <p class="strip" role="status">
          {waiting.value.length ? t("link.strip_answer") : t("link.strip")}
        </p>
      )}
    </>
  );
}
