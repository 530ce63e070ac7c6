/** Everything that is not needed all the time: whether the phone is ready, the queue as a file, sound. */

import { t } from "../core/i18n";
import { go } from "./app";
import { ready } from "./camera";
import { kept } from "./offline";
import { Screen, timeText } from "./parts";
import { waiting } from "./queue";
import { dead, info, pairings, setSound, slug, sound } from "./store";
import { flush, heardAt, refresh } from "./sync";
import { units } from "../play/units";

const FORMAT = "hoithi-gate-1";

/** One file for each pairing this phone holds things of; nearly always one. */
function exportQueue(): void {
  for (const pairing of pairings.value) {
    const entries = waiting.value.filter((one) => one.pairing === pairing.id).map((one) => one.entry);
    if (!entries.length) continue;
    const told = { format: FORMAT, festival: slug, phone: pairing.phone, now: Date.now(), entries };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(told)], { type: "application/json" }));
    link.download = "hang-cho-" + (pairing.phone || "may") + "-" + entries.length + ".json";
    document.body.appendChild(link);
    link.click();
    document.body.removeChild(link);
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}

function Ready({ done, word }: { done: boolean; word: string }) {
  return (
    <li class={done ? "is-done" : ""}>
      <span aria-hidden="true">{done ? "✓" : "…"}</span> {t(word)}
      <span class="only-read"> – {t(done ? "ready.yes" : "ready.not_yet")}</span>
    </li>
  );
}

export function More() {
  const count = waiting.value.length;
  const named = !!units.value && units.value.length > 0;
  return (
    <Screen title={t("more.title")} onBack={info.value ? () => go({ name: "work" }) : undefined}>
      <h1>{t("more.title")}</h1>
      <h2>{t("ready.title")}</h2>
      <ul class="ready">
        <Ready done={!!info.value} word="ready.posts" />
        <Ready done={ready.value} word="ready.reader" />
        <Ready done={named} word="ready.units" />
        <Ready done={kept.value === "yes"} word="ready.page" />
      </ul>
      {kept.value === "no" && <p class="strip is-note">{t("ready.stay_open")}</p>}
      <h2>{t("queue.title")}</h2>
      <p>
        {count ? t("queue.waiting", { n: count, time: timeText(waiting.value[0]!.entry.at) }) : t("queue.empty")}
        {heardAt.value > 0 && " · " + t("queue.heard", { time: timeText(heardAt.value) })}
      </p>
      <div class="others">
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            refresh();
            flush();
          }}
        >
          {t("queue.send")}
        </button>
        <button type="button" class="button quiet" disabled={!count} onClick={exportQueue}>
          {t("queue.export")}
        </button>
      </div>
      <p class="soft">{t("queue.export_how")}</p>
      {info.value && info.value.signing && !dead.value && pairings.value.length > 0 && (
        <>
          <h2>{t("more.signing")}</h2>
          <div class="others">
            <a class="button quiet" href={"/f/" + slug + "/launch#" + pairings.value[0]!.token} target="_blank" rel="noopener">
              {t("more.sign_unit")}
            </a>
          </div>
        </>
      )}
      <h2>{t("more.settings")}</h2>
      <label class={"choice-row" + (sound.value ? " is-chosen" : "")}>
        <input type="checkbox" checked={sound.value} onChange={() => setSound(!sound.value)} />
        <span>{t("more.sound")}</span>
      </label>
    </Screen>
  );
}
