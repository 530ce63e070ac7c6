/** The time left as a ring that empties, with big seconds. One CSS transition draws it. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { msLeft, useSecondsLeft, type Deadline } from "../core/countdown";
import { t } from "../core/i18n";
import { reducedMotion } from "../core/motion";

const RADIUS = 44;
const ROUND = 2 * Math.PI * RADIUS;

/** `seconds`: the whole time of the phase; `calm`: nobody has to hurry. Draws nothing when the phase has no end by itself. */
export function Ring({ deadline, seconds, calm }: { deadline: Deadline; seconds: number; calm?: boolean }) {
  const arc = useRef<SVGCircleElement>(null);
  const left = useSecondsLeft(deadline);
  const stepping = reducedMotion();
  useLayoutEffect(() => {
    const circle = arc.current;
    const ms = msLeft(deadline);
    if (!circle || ms === null) return;
    const share = Math.min(1, ms / Math.max(1, seconds * 1000));
    circle.style.transition = "none";
    circle.style.strokeDashoffset = String(ROUND * (1 - share));
    if (stepping) return;
    // Reading the layout keeps the browser from merging start and end into one value.
    void circle.getBoundingClientRect();
    circle.style.transition = "stroke-dashoffset " + ms + "ms linear";
    circle.style.strokeDashoffset = String(ROUND);
  }, [deadline.end, seconds, stepping ? left : 0]);
  if (left === null) return null;
  return (
    <div class={"st-ring" + (left <= 5 && !calm ? " is-urgent" : "") + (left > 99 ? " is-long" : "")} role="timer">
      <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
        <circle class="st-ring-track" cx="50" cy="50" r={RADIUS} />
        <circle
          class="st-ring-arc"
          ref={arc}
          cx="50"
          cy="50"
          r={RADIUS}
          stroke-dasharray={ROUND}
          transform="rotate(-90 50 50)"
        />
      </svg>
      <b>{left}</b>
      <span class="only-read">{t("stage.seconds")}</span>
    </div>
  );
}
