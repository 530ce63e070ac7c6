/** The frame of every screen: the bar, the strip of a lost network, what scrolls, the action below. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { unreachable } from "../contest/api";
import { LangButton, useHeld } from "../core/bar";
import { lang, t } from "../core/i18n";
import { offline } from "../play/device";
import { dead, me, queue } from "./store";

const two = (part: number) => (part < 10 ? "0" : "") + part;

export interface ScreenProps {
  title: string;
  children: ComponentChildren;
  foot?: ComponentChildren;
  back?: boolean;
  /** Step n of 3. */
  step?: number;
}

export function Screen({ title, children, foot, back, step }: ScreenProps) {
  const down = useHeld(offline.value || unreachable.value, 1200);
  useEffect(() => {
    document.title = title + " – " + t("core.name");
  }, [title, lang.value]);
  const waiting = queue.items.value.filter((thing) => !thing.refused).length;
  return (
    <div class="page">
      <header class="topbar">
        {back ? (
          <button type="button" class="back" onClick={() => history.back()}>
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M15 4l-8 8 8 8" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
            </svg>
            {t("team.back")}
          </button>
        ) : (
          <strong class="brand">{t("core.name")}</strong>
        )}
        <span class="who">{step ? t("team.step", { step }) : me.value ? me.value.member.name : ""}</span>
        <LangButton />
      </header>
      {dead.value ? (
        <p class="strip is-bad" role="status">
          {t("team.dead")}
        </p>
      ) : (
        down && (
          <p class="strip" role="status">
            {waiting ? t("team.strip_waiting", { n: waiting }) : t("team.strip")}
          </p>
        )
      )}
      <main class="scroll" key={title}>
        <div class="body">{children}</div>
      </main>
      {foot && <div class="foot">{foot}</div>}
    </div>
  );
}

/** A moment by Viet Nam's time, whatever the phone's zone: 14:05, 22/11. */
export function momentText(at: number): string {
  const local = new Date(at + 7 * 3_600_000);
  const day = two(local.getUTCDate()) + "/" + two(local.getUTCMonth() + 1);
  return t("team.moment", { time: two(local.getUTCHours()) + ":" + two(local.getUTCMinutes()), day });
}

/** An ISO day of this phone's calendar, `ago` days back. */
export function dayOf(ago: number): string {
  const day = new Date(Date.now() - ago * 86_400_000);
  return day.getFullYear() + "-" + two(day.getMonth() + 1) + "-" + two(day.getDate());
}
