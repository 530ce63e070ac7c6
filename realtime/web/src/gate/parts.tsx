/** The frame of every screen: the bar with the network, the line that says what waits, and the one big result. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LangButton } from "../core/bar";
import { lang, t } from "../core/i18n";
import { units } from "../play/units";
import { ready } from "./camera";
import { shown } from "./card";
import { kept } from "./offline";
import { forgetful, waiting } from "./queue";
import { dead, info, names, type Pairing } from "./store";
import { down } from "./sync";
import type { Line } from "./types";

export type { Pairing };

const two = (part: number) => (part < 10 ? "0" : "") + part;

/** The time of day in Viet Nam, whatever the phone's zone. */
export function timeText(at: number): string {
  const local = new Date(at + 7 * 3_600_000);
  return two(local.getUTCHours()) + ":" + two(local.getUTCMinutes());
}

/** Everything that may be needed without a network is on this phone. */
function isReady(): boolean {
  const named = units.value !== null && units.value.length > 0;
  return !!info.value && ready.value && named && kept.value !== "unknown";
}

/** Always there: how much waits on this phone, and since when. */
function QueueLine() {
  const count = waiting.value.length;
  const stuck = waiting.value.filter((one) => one.stuck).length;
  const oldest = count ? waiting.value[0]!.entry.at : 0;
  return (
    <p class={"queue-line" + (count ? " is-waiting" : "")} role="status">
      {count ? t("queue.waiting", { n: count, time: timeText(oldest) }) : t("queue.empty")}
      {count === 0 && " · " + t(isReady() ? "queue.ready" : "queue.preparing")}
      {stuck > 0 && " " + t("queue.stuck", { n: stuck })}
    </p>
  );
}

export interface ScreenProps {
  title: string;
  children: ComponentChildren;
  foot?: ComponentChildren;
  onBack?(): void;
}

export function Screen({ title, children, foot, onBack }: ScreenProps) {
  useEffect(() => {
    document.title = title + " – " + (info.value ? info.value.festival.title : t("core.name"));
  }, [title, lang.value]);
  return (
    <div class="page">
      <header class="topbar">
        {onBack ? (
          <button type="button" class="back" onClick={onBack}>
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M15 4l-8 8 8 8" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
            </svg>
            {t("gate.back")}
          </button>
        ) : (
          <>
            <span class={"dot" + (down.value ? " is-down" : "")} aria-hidden="true" />
            <span class="link-word">{down.value ? t("net.down") : ""}</span>
          </>
        )}
        <span class="who">{info.value && !onBack ? info.value.phone.label : ""}</span>
        <LangButton />
      </header>
      <QueueLine />
      {forgetful.value && <p class="strip is-bad">{t("queue.forgetful")}</p>}
      {dead.value && <p class="strip is-bad" role="alert">{t(dead.value === "revoked" ? "dead.revoked" : "dead.unknown")}</p>}
      <main class="scroll">
        <div class="body">{children}</div>
      </main>
      {foot && <div class="foot">{foot}</div>}
    </div>
  );
}

export type Tone = "good" | "again" | "wait" | "warn" | "bad";
const TONES: { [result: string]: Tone } = {
  admitted: "good",
  counted: "good",
  claimed: "good",
  checked: "good",
  undone: "wait",
  repeat: "again",
  blank_card: "warn",
  unknown_card: "warn",
  claim_taken: "warn",
  wrong_post: "warn",
  undo_late: "warn",
  wrong_festival_day: "bad",
  revoked_phone: "bad",
};
const SIGNS: { [tone in Tone]: string } = {
  good: "M4 13l5 5L20 6",
  again: "M4 12a8 8 0 1 1 3 6M4 20v-5h5",
  wait: "M12 6v6l4 3M12 3a9 9 0 1 0 .01 0z",
  warn: "M12 3L2 21h20zM12 10v5M12 18v.5",
  bad: "M5 5l14 14M19 5L5 19",
};

export function toneOf(line: Line): Tone {
  if (line.undone) return "wait";
  return line.result === null ? "wait" : TONES[line.result] || "warn";
}

export function Sign({ tone }: { tone: Tone }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SIGNS[tone]} fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

/** The word for how something stands. */
export function wordOf(line: Line): string {
  if (line.undone) return t("result.undone");
  if (line.result === null) return t("result.waiting");
  if (line.result === "admitted" && line.skills) return t("result.confirmed");
  return t("result." + line.result);
}

/** Whom or what a line is about. */
export function aboutOf(line: Line): string {
  if (line.do === "count") return t("count.people", { n: line.heads || 1 }) + (line.group ? " · " + t("group." + line.group) : "");
  const card = line.card || "";
  return names.value[card] || (card ? shown(card) : "");
}

/** What else there is to say about a result. */
export function moreOf(line: Line): string {
  if (line.result === "repeat" && line.since_at) return t("result.since", { time: timeText(line.since_at) });
  if (line.result === "blank_card") return t("result.blank_how");
  if (line.result === "unknown_card") return t("result.unknown_how");
  return "";
}

/** A moment that comes by itself: draws again every `ms`. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
