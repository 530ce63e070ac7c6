/** Small pieces that several screens of the room share. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { leave } from "./session";

export { Heading, Scroll } from "../core/parts";

/** The quiet way to another room; asks once, because the seat here is then given up. */
export function LeaveLink({ ask = true }: { ask?: boolean }) {
  const [sure, setSure] = useState(false);
  const asked = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (sure && asked.current) asked.current.scrollIntoView();
  }, [sure]);
  if (!sure) {
    return (
      <button type="button" class="button link" onClick={() => (ask ? setSure(true) : leave())}>
        {t("room.other")}
      </button>
    );
  }
  return (
    <div class="leave" ref={asked} role="group" aria-label={t("room.other")}>
      <p>{t("room.leave_sure")}</p>
      <div class="two">
        <button type="button" class="button quiet" onClick={() => setSure(false)}>
          {t("room.stay")}
        </button>
        <button type="button" class="button quiet" onClick={leave}>
          {t("room.leave")}
        </button>
      </div>
    </div>
  );
}
