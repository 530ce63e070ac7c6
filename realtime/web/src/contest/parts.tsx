/** The frame of every screen but the questions': the bar, the strip of a lost network, headings, buttons, times. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { LangButton, useHeld } from "../core/bar";
import { Brocade } from "../core/brocade";
import { lang, number, t } from "../core/i18n";
import { offline } from "../play/device";
import { unreachable } from "./api";
import { contest } from "./me";
import { go, place } from "./place";

/** Whether the network is away, long enough to say so. */
export function useDown(): boolean {
  return useHeld(offline.value || unreachable.value, 1200);
}

/** Tells of a lost network; `text` says what is kept. */
export function Strip({ text }: { text: string }) {
  return (
    <p class="strip" role="status">
      {text}
    </p>
  );
}

export interface ScreenProps {
  /** The words of the tab. */
  title: string;
  children: ComponentChildren;
  /** The one action, always in reach. */
  foot?: ComponentChildren;
  /** Where Back leads; left out: nowhere. */
  back?: boolean;
}

/** A screen: the bar above, what scrolls, and the action below. */
export function Screen({ title, children, foot, back }: ScreenProps) {
  const down = useDown();
  const now = contest();
  useEffect(() => {
    document.title = title + " – " + (now ? now.title : t("core.name"));
  }, [title, now && now.title, lang.value]);
  return (
    <div class="page">
      <header class="topbar">
        {back ? (
          <button type="button" class="back" onClick={() => go("home")}>
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M15 4l-8 8 8 8" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
            </svg>
            {t("nav.home")}
          </button>
        ) : (
          <strong class="brand">{t("core.name")}</strong>
        )}
        <span class="who" />
        <LangButton />
      </header>
      {down && <Strip text={t("net.strip")} />}
      <main class="scroll" key={place.value.screen + place.value.id}>
        <div class="body">{children}</div>
      </main>
      {foot && <div class="foot">{foot}</div>}
    </div>
  );
}

/** The foot of the first pages: the one ornament. */
export function Band() {
  return (
    <div class="band">
      <Brocade height={16} />
    </div>
  );
}

export function Waiting() {
  return (
    <div class="waiting" role="status">
      <span class="pulse" aria-hidden="true" />
      {t("net.loading")}
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

const two = (part: number) => (part < 10 ? "0" : "") + part;

/** Minutes and seconds of an attempt: 9:07. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return Math.floor(seconds / 60) + ":" + two(seconds % 60);
}

/** How long an attempt took, in words that compare: 4 phút 12,3 giây. */
export function durationText(ms: number): string {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  const seconds = number((tenths % 600) / 10, 1);
  return minutes ? t("time.minutes_seconds", { minutes, seconds }) : t("time.seconds", { seconds });
}

/** The same for a column: 4:12,3. */
export function exactText(ms: number): string {
  const tenths = Math.round(ms / 100);
  const seconds = Math.floor(tenths / 10) % 60;
  return Math.floor(tenths / 600) + ":" + two(seconds) + (lang.value === "vi" ? "," : ".") + (tenths % 10);
}

/** Roughly how long until something, never less than it is. */
export function waitText(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 60) return t("time.minutes", { n: Math.max(1, minutes) });
  const hours = Math.floor(minutes / 60);
  if (hours < 48 && minutes % 60 === 0) return t("time.hours", { n: hours });
  if (hours < 48) return t("time.hours_minutes", { hours, minutes: minutes % 60 });
  if (hours % 24 === 0) return t("time.days", { n: hours / 24 });
  return t("time.days_hours", { days: Math.floor(hours / 24), hours: hours % 24 });
}

/** A moment of the server's, in Viet Nam's time (UTC+7, no summer time), whatever the phone's zone. */
export function momentText(at: number): string {
  const local = new Date(at + 7 * 3_600_000);
  const day = two(local.getUTCDate()) + "/" + two(local.getUTCMonth() + 1) + "/" + local.getUTCFullYear();
  return t("time.moment", { time: two(local.getUTCHours()) + ":" + two(local.getUTCMinutes()), day });
}

export function dayText(at: number): string {
  const local = new Date(at + 7 * 3_600_000);
  return two(local.getUTCDate()) + "/" + two(local.getUTCMonth() + 1) + "/" + local.getUTCFullYear();
}
