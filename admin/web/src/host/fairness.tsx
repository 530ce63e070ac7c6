/** What the host should know of the network, and what may be done about a question it spoiled. */

import { number, t } from "../../../../realtime/web/src/core/i18n";
import { voidQuestion } from "./controls";
import { askFirst } from "./dialogs";
import { ask, counts, picture } from "./session";
import { lostPercent, mayReplay } from "./steps";

/** A question in which this share lost their link deserves a word. */
const LOST_WARNING = 5;
/** ms by which a server process was late: arrivals were stamped that much too late. */
const LATE_WARNING = 100;

export function replayQuestion(n: number): void {
  const now = counts.value;
  askFirst({
    title: t("host.ask.replay", { n }),
    text: t("host.ask.replay_text", { n, next: n + 1, count: now ? now.answered : 0 }),
    confirm: t("host.ask.replay_do"),
    run: () => void ask("replay", { question: n }),
  });
}

/** How many phones have a good, a slow, a very slow link now. */
export function LinkQuality() {
  const now = counts.value;
  const players = location.protocol + "//" + new URL(picture.value!.join_url).host;
  const known = now ? now.good + now.weak + now.slow : 0;
  return (
    <section class="h-quality" aria-label={t("host.quality")}>
      {known > 0 && (
        <>
          <div class="h-quality-bar" aria-hidden="true">
            {(["good", "weak", "slow"] as const).map((name) => (
              <i key={name} class={"is-" + name} style={{ width: (now![name] / known) * 100 + "%" }} />
            ))}
          </div>
          <ul>
            {(["good", "weak", "slow"] as const).map((name) => (
              <li key={name} class={"is-" + name}>
                {t("host.quality." + name)} <b>{number(now![name])}</b>
              </li>
            ))}
          </ul>
        </>
      )}
      <a href={players + "/fair"} target="_blank" rel="noopener">
        {t("host.quality.rule")}
      </a>
    </section>
  );
}

/** Reasons to doubt the present question, with what may be done: ask again before the reveal, void at any time. */
export function Doubts() {
  const shown = picture.value!;
  const now = counts.value;
  const n = shown.q ? shown.q.n : 0;
  const phase = shown.phase === "paused" ? shown.paused_from : shown.phase;
  const asked = phase === "open" || phase === "closing" || phase === "revealed" || phase === "standings";
  if (!now || !asked || n === 0 || shown.voids.indexOf(n) >= 0) return null;
  const lost = lostPercent(now);
  const reasons = [];
  if (lost >= LOST_WARNING) reasons.push(t("host.warn.lost", { percent: lost, count: now.lost, n }));
  // Nobody's time matters where opinions are asked.
  const opinion = !!shown.q && (shown.q.type === "poll" || shown.q.type === "cloud");
  if (now.late_ms > LATE_WARNING && !opinion) reasons.push(t("host.warn.late", { seconds: number(now.late_ms / 1000, 1), n }));
  if (reasons.length === 0) return null;
  const again = mayReplay(shown);
  return (
    <div class="h-doubt">
      <p>
        {reasons.join(" ")} {t(again ? "host.warn.may_replay" : "host.warn.may_void")}
      </p>
      <div>
        {again && (
          <button type="button" class="h-button is-main" onClick={() => replayQuestion(n)}>
            {t("host.replay_it", { n })}
          </button>
        )}
        <button type="button" class="h-button" onClick={() => voidQuestion(n)}>
          {t("host.void_it", { n })}
        </button>
      </div>
    </div>
  );
}
