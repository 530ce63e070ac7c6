/** The four reactions a phone may send between questions, while the host allows them. */

import { useEffect, useState } from "preact/hooks";
import type { ReactionKind } from "../core/frames";
import { t } from "../core/i18n";
import { REACTIONS, ReactionSign } from "../core/reactions";
import { react, seen } from "./session";

const REST_MS = 1_000;
/** Not while people think or are told what was right. */
const PHASES = ["lobby", "standings", "podium", "finished"];

export function ReactionBar() {
  const [sent, setSent] = useState<ReactionKind | null>(null);
  useEffect(() => {
    if (!sent) return;
    const timer = window.setTimeout(() => setSent(null), REST_MS);
    return () => clearTimeout(timer);
  }, [sent]);
  const now = seen.value;
  if (!now || !now.frame.reactions || PHASES.indexOf(now.frame.phase) < 0) return null;
  return (
    <div class="reactions" role="group" aria-label={t("react.group")}>
      {REACTIONS.map((kind) => (
        <button
          key={kind}
          type="button"
          class={"reaction is-" + kind + (sent === kind ? " is-sent" : "")}
          aria-label={t("react." + kind)}
          aria-disabled={sent !== null}
          onClick={() => {
            if (sent !== null) return;
            react(kind);
            setSent(kind);
          }}
        >
          <ReactionSign kind={kind} />
        </button>
      ))}
    </div>
  );
}
