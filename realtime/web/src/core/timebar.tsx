/** The bar that empties. Drawn by one CSS transition, so that an old phone does nothing while it runs. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { msLeft, useSecondsLeft, type Deadline } from "./countdown";
import { t } from "./i18n";
import { reducedMotion } from "./motion";

export interface TimeBarProps {
  deadline: Deadline;
  /** The whole time of the phase in seconds. */
  seconds: number;
  /** Holds the bar where it is (paused). */
  still?: boolean;
  /** Never turns red: for a wait that asks nothing of anybody. */
  calm?: boolean;
}

/** The bar, the seconds beside it, and for screen readers the seconds in words at 10 and at 5. */
export function TimeBar({ deadline, seconds, still, calm }: TimeBarProps) {
  const fill = useRef<HTMLDivElement>(null);
  const left = useSecondsLeft(deadline);
  const stepping = reducedMotion();
  const total = Math.max(0.001, seconds * 1000);

  useLayoutEffect(() => {
    const bar = fill.current;
    const ms = msLeft(deadline);
    if (!bar) return;
    const share = ms === null ? 1 : Math.min(1, ms / total);
    bar.style.transition = "none";
    bar.style.transform = "scaleX(" + share + ")";
    if (ms === null || still || stepping) return;
    // Read the layout once, or the browser would merge both values and skip the motion.
    void bar.offsetWidth;
    bar.style.transition = "transform " + ms + "ms linear";
    bar.style.transform = "scaleX(0)";
  }, [deadline.end, total, still, stepping ? left : 0]);

  const spoken = !calm && left !== null && left > 0 && left <= 10 ? (left > 5 ? 10 : 5) : null;
  const urgent = !calm && left !== null && left <= 5;
  return (
    <div class={"timebar" + (urgent ? " is-urgent" : "")}>
      <div class="timebar-track" aria-hidden="true">
        <div class="timebar-fill" ref={fill} />
      </div>
      {left !== null && (
        <span class="timebar-seconds" aria-hidden="true">
          {left}
        </span>
      )}
      <span class="only-read" role="status">
        {spoken !== null && seconds > spoken ? t("core.seconds_left", { seconds: spoken }) : ""}
      </span>
    </div>
  );
}
