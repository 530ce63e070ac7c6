/** The host console: mounted where the admin page has an element with data-round="ID" and data-lang. */

import "../../../../realtime/web/src/core/polyfills";
import { render } from "preact";
import { useSecondsLeft } from "../../../../realtime/web/src/core/countdown";
import { addWords, lang, t } from "../../../../realtime/web/src/core/i18n";
import type { LinkState } from "../../../../realtime/web/src/core/socket";
import { recall } from "../../../../realtime/web/src/core/storage";
import bellHostEn from "../../../../realtime/web/src/locale/bell_host.en.json";
import bellHostVi from "../../../../realtime/web/src/locale/bell_host.vi.json";
import bellStageEn from "../../../../realtime/web/src/locale/bell_stage.en.json";
import bellStageVi from "../../../../realtime/web/src/locale/bell_stage.vi.json";
import duelHostEn from "../../../../realtime/web/src/locale/duel_host.en.json";
import duelHostVi from "../../../../realtime/web/src/locale/duel_host.vi.json";
import duelStageEn from "../../../../realtime/web/src/locale/duel_stage.en.json";
import duelStageVi from "../../../../realtime/web/src/locale/duel_stage.vi.json";
import hostEn from "../../../../realtime/web/src/locale/host.en.json";
import hostVi from "../../../../realtime/web/src/locale/host.vi.json";
import stageEn from "../../../../realtime/web/src/locale/stage.en.json";
import stageVi from "../../../../realtime/web/src/locale/stage.vi.json";
import { StageView } from "../../../../realtime/web/src/stage/view";
import hallHostEn from "../../../../realtime/web/src/locale/hall_host.en.json";
import hallHostVi from "../../../../realtime/web/src/locale/hall_host.vi.json";
import hallStageEn from "../../../../realtime/web/src/locale/hall_stage.en.json";
import hallStageVi from "../../../../realtime/web/src/locale/hall_stage.vi.json";
import { BellPanel, BellWarning } from "./bell";
import { Controls, pressBig, tab, useKeys, type Tab } from "./controls";
import { WordsPanel } from "./cloud";
import { Dialogs } from "./dialogs";
import { DuelPanel } from "./duel";
import { LinkQuality } from "./fairness";
import { Figures, People, Warnings } from "./people";
import { hidden, KeyNext, KeyNow, Run, toggleHidden } from "./run";
import { connectHost, counts, end, notice, picture, settling, stepping } from "./session";
import { GoOn } from "./hall";
import { bigStep } from "./steps";
import { TopBar } from "./topbar";

addWords(stageVi, stageEn);
addWords(hostVi, hostEn);
addWords(bellStageVi, bellStageEn);
addWords(bellHostVi, bellHostEn);
addWords(duelStageVi, duelStageEn);
addWords(duelHostVi, duelHostEn);
addWords(hallStageVi, hallStageEn);
addWords(hallHostVi, hallHostEn);
const root = document.querySelector<HTMLElement>("[data-round]")!;
root.textContent = "";
root.classList.add("h-root");
const chosen = recall("host.lang") || root.dataset.lang || root.lang;
lang.value = chosen === "en" ? "en" : "vi";
const link = connectHost(Number(root.dataset.round));

/** What the hall sees, small: the very drawing of the projector. */
function Mini() {
  const shown = picture.value!;
  const phase = t("host.phase." + shown.phase);
  return (
    <figure class="h-hall">
      <figcaption>
        {t("host.mini_title")}: <b>{phase}</b>
        {shown.blank && <span class="h-dark">{t("host.blank_on")}</span>}
      </figcaption>
      <div class="h-mini" role="img" aria-label={t("host.mini", { phase })}>
        <div aria-hidden="true">
          <StageView picture={shown} counts={counts.value} deadline={end.value} />
        </div>
      </div>
    </figure>
  );
}

function Big() {
  const left = useSecondsLeft(end.value);
  const { label, note, command } = bigStep(picture.value!, counts.value, left);
  const busy = stepping.value;
  const over = picture.value!.phase === "finished" || picture.value!.phase === "cancelled";
  if (over) return <GoOn note={label} />;
  return (
    <div class="h-big">
      <button
        type="button"
        disabled={command === null || busy || settling.value}
        aria-busy={busy}
        aria-keyshortcuts="Space"
        title={t("host.with_key", { label, key: t("host.space") })}
        onClick={pressBig}
      >
        <b>{label}</b>
        {note && <span>{note}</span>}
      </button>
    </div>
  );
}

function Notice() {
  const now = notice.value;
  return (
    <div class="h-notice" role="status">
      {now && <p class={now.bad ? "is-bad" : ""}>{now.text}</p>}
    </div>
  );
}

const TABS: readonly Tab[] = ["run", "control", "people"];

function Tabs() {
  return (
    <nav class="h-tabs" aria-label={t("host.tabs")}>
      {TABS.map((each) => (
        <button
          key={each}
          type="button"
          aria-current={tab.value === each ? "true" : undefined}
          onClick={() => (tab.value = each)}
        >
          {t("host.tab." + each)}
        </button>
      ))}
    </nav>
  );
}

function Stopped() {
  return (
    <div class="h-stopped" role="alert">
      <p>{t("host.stopped")}</p>
      <button type="button" class="h-button is-main" onClick={() => location.reload()}>
        {t("host.reload")}
      </button>
    </div>
  );
}

function Console() {
  useKeys();
  const state: LinkState = link.state.value;
  if (!picture.value) {
    return state === "stopped" ? <Stopped /> : <p class="h-waiting">{t("host.waiting")}</p>;
  }
  return (
    <div class={"h is-tab-" + tab.value}>
      <TopBar link={state} />
      {state === "stopped" && <Stopped />}
      <Tabs />
      <div class="h-columns">
        <div class="h-left">
          <Run />
        </div>
        <main class="h-centre">
          <div class="h-scroll">
            <BellWarning />
            <DuelPanel />
            <WordsPanel />
            <Warnings online={state === "open" || state === "connecting"} />
            <div class="h-views">
              <Mini />
              <div class="h-keys-side">
                <button type="button" class="h-button h-hide" aria-pressed={hidden.value} onClick={toggleHidden}>
                  {t(hidden.value ? "host.show" : "host.hide")}
                </button>
                <KeyNow />
              </div>
            </div>
            <KeyNext />
          </div>
          <Notice />
          <Big />
          <Controls />
        </main>
        <aside class="h-right-side" aria-label={t("host.counts")}>
          <BellPanel />
          <Figures />
          <LinkQuality />
          <People />
        </aside>
      </div>
      <Dialogs />
    </div>
  );
}

render(<Console />, root);
