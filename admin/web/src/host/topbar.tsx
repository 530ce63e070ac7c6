/** The top of the console: which round, how to get in, the projector, the results, the connection. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { keep } from "../../../../realtime/web/src/core/storage";
import { lang, t } from "../../../../realtime/web/src/core/i18n";
import type { LinkState } from "../../../../realtime/web/src/core/socket";
import { spacedCode, typedAddress } from "../../../../realtime/web/src/stage/lobby";
import { openQr, openSheet } from "./dialogs";
import { api, picture, say, stageUrl } from "./session";

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(t("host.copied"));
  } catch (_) {
    say(t("host.copy_failed") + " " + text, true);
  }
}

/** The stage speaks the console's language; the token stays behind the #. */
function inLanguage(url: string): string {
  return lang.value === "en" ? url.replace("/stage#", "/stage?lang=en#") : url;
}

async function openStage(): Promise<void> {
  // Opened at once, while the click still counts as the person's own; the address comes when it is known.
  const opened = window.open("", "hoithi-stage");
  const url = await stageUrl(false);
  if (url === null) {
    if (opened) opened.close();
    return;
  }
  if (!opened) {
    say(t("host.popup"), true);
    return;
  }
  opened.opener = null;
  opened.location.href = inLanguage(url);
}

async function copyStage(anew: boolean): Promise<void> {
  const url = await stageUrl(anew);
  if (url !== null) await copy(inLanguage(url));
}

function toggleLang(): void {
  const next = lang.value === "vi" ? "en" : "vi";
  lang.value = next;
  keep("host.lang", next);
}

/** A button with a small panel below it; closes on a choice, on a click elsewhere and on Escape. */
function Menu(props: { label: string; children: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    function shut(happened: Event): void {
      const element = details.current;
      if (!element || !element.open) return;
      const summary = element.querySelector("summary")!;
      if (happened instanceof KeyboardEvent) {
        if (happened.key !== "Escape") return;
        summary.focus();
      } else if (summary.contains(happened.target as Node)) return;
      element.open = false;
    }
    document.addEventListener("click", shut);
    document.addEventListener("keydown", shut);
    return () => {
      document.removeEventListener("click", shut);
      document.removeEventListener("keydown", shut);
    };
  }, []);
  return (
    <details class="h-menu" ref={details}>
      <summary>{props.label}</summary>
      <div class="h-menu-panel">{props.children}</div>
    </details>
  );
}

const EXPORTS = [
  ["xlsx", "xlsx"],
  ["csv_standings", "csv?table=standings"],
  ["csv_answers", "csv?table=answers"],
  ["csv_units", "csv?table=units"],
  ["json", "json"],
];

export function TopBar({ link }: { link: LinkState }) {
  const shown = picture.value!;
  return (
    <header class="h-top">
      <a class="h-back" href="/rounds" aria-label={t("host.back")} title={t("host.back")}>
        <span aria-hidden="true">←</span>
      </a>
      <h1 data-ellipsis title={shown.title}>{shown.title}</h1>
      <p class="h-join">
        <span>{typedAddress(shown.join_url, shown.code)}</span>
        <b>{spacedCode(shown.code)}</b>
      </p>
      <nav class="h-top-acts" aria-label={t("host.menu")}>
        <button type="button" class="h-button" onClick={openQr}>
          {t("host.qr")}
        </button>
        <Menu label={t("host.stage")}>
          <button type="button" onClick={() => void openStage()}>
            {t("host.stage_open")}
          </button>
          <button type="button" onClick={() => void copyStage(false)}>
            {t("host.stage_copy")}
          </button>
          <button type="button" onClick={() => void copyStage(true)}>
            {t("host.stage_new")}
            <small>{t("host.stage_new_hint")}</small>
          </button>
          <p>{t("host.stage_hint")}</p>
        </Menu>
        <Menu label={t("host.exports")}>
          {EXPORTS.map(([name, file]) => (
            <a key={name} href={api("/export." + file)} download>
              {t("host.export_" + name)}
            </a>
          ))}
        </Menu>
        <Menu label={t("host.menu")}>
          <button type="button" onClick={() => void copy(shown.join_url)}>
            {t("host.copy")}
          </button>
          <a href={"/rounds/" + shown.id + "/next"}>{t("host.next_round")}</a>
          {shown.hall_id !== null && <a href={"/halls/" + shown.hall_id}>{t("host.hall")}</a>}
          <button type="button" onClick={openSheet}>
            {t("host.help")} <kbd>?</kbd>
          </button>
          <button type="button" onClick={toggleLang} lang={lang.value === "vi" ? "en" : "vi"}>
            {t("host.lang")}
          </button>
        </Menu>
      </nav>
      <p class={"h-link is-" + link} role="status">
        <i aria-hidden="true" />
        <span>{t("host.link." + link)}</span>
      </p>
    </header>
  );
}
