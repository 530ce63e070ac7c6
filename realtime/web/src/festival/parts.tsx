/** The frame of every screen: the bar, the strip of a lost network, the three places to go. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { unreachable } from "../contest/api";
import { LangButton, useHeld } from "../core/bar";
import { lang, t } from "../core/i18n";
import { offline } from "../play/device";
import { go, place } from "./place";
import { me, state } from "./store";

const TABS: { screen: string; word: string; draw: string }[] = [
  { screen: "now", word: "festival.tab_now", draw: "M4 7h16v13H4zM4 11h16M8 4v5M16 4v5" },
  { screen: "card", word: "festival.tab_card", draw: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2v2h-2z" },
  { screen: "passport", word: "festival.tab_passport", draw: "M12 3l2.7 5.6 6.1.8-4.5 4.2 1.1 6-5.4-3-5.4 3 1.1-6L3.2 9.4l6.1-.8z" },
];

export interface ScreenProps {
  title: string;
  children: ComponentChildren;
  /** Where Back leads; left out: the screen is one of the three places. */
  back?: string;
  /** The one action, always in reach. */
  foot?: ComponentChildren;
}

export function Screen({ title, children, back, foot }: ScreenProps) {
  const down = useHeld(offline.value || unreachable.value, 1200);
  const told = state.value;
  const name = told ? told.festival.title : t("core.name");
  useEffect(() => {
    document.title = title + " – " + name;
  }, [title, name, lang.value]);
  return (
    <div class="page">
      <header class="topbar">
        {back ? (
          <button type="button" class="fe-back" onClick={() => go(back)}>
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M15 4l-8 8 8 8" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
            </svg>
            {t("festival.back")}
          </button>
        ) : (
          <strong class="brand">{t("core.name")}</strong>
        )}
        <span class="who" />
        <LangButton />
      </header>
      {down && (
        <p class="strip" role="status">
          {t(me.value && me.value.guest ? "festival.offline_card" : "festival.offline")}
        </p>
      )}
      <main class="scroll" key={place.value.screen + place.value.id}>
        <div class="fe-body">{children}</div>
      </main>
      {foot && <div class="fe-foot">{foot}</div>}
      <nav class="fe-tabs" aria-label={t("festival.tabs")}>
        {TABS.map((tab) => (
          <a
            key={tab.screen}
            href={"#" + tab.screen}
            aria-current={place.value.screen === tab.screen ? "page" : undefined}
            onClick={(pressed) => {
              pressed.preventDefault();
              go(tab.screen);
            }}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d={tab.draw} fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" />
            </svg>
            {t(tab.word)}
          </a>
        ))}
      </nav>
    </div>
  );
}

export function Problem({ text }: { text: string }) {
  return (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}

export function Waiting() {
  return (
    <p class="fe-waiting" role="status">
      {t("festival.loading")}
    </p>
  );
}
