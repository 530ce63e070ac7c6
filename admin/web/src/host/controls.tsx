/** The controls besides the big button: each with its key, the same list for buttons, keyboard and the sheet of keys. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../../../realtime/web/src/core/i18n";
import { bellControls } from "./bell";
import { duelControls } from "./duel";
import { askFirst, dialogOpen, openSheet, openStandings } from "./dialogs";
import { replayQuestion } from "./fairness";
import { ask, counts, picture, say, settling, step, stepping } from "./session";
import { mayShowOverall } from "./hall_moves";
import { quickControls } from "./quick";
import { isFinal, mayExtend, mayPause, mayReplay, mayVoid } from "./steps";

export interface Control {
  id: string;
  key: string;
  label: string;
  /** Shown pressed: the thing is on. */
  on?: boolean;
  enabled: boolean;
  danger?: boolean;
  /** Its button is drawn elsewhere; key and sheet know it all the same. */
  apart?: boolean;
  run(): void;
}

export const LARGE_STEP_SECONDS = 10;

export function voidQuestion(n: number): void {
  const shown = picture.value;
  if (!shown) return;
  const open = !!shown.q && shown.q.n === n && (shown.phase === "open" || shown.phase === "closing");
  const people = counts.value;
  const count = open ? (people ? people.answered : 0) : people ? people.joined : shown.seats;
  askFirst({
    title: t("host.ask.void", { n }),
    text: t(open ? "host.ask.void_now" : "host.ask.void_text", { n, count }),
    confirm: t("host.ask.void_do", { n }),
    run: () => void ask("void", { question: n }),
  });
}

function finish(): void {
  const shown = picture.value;
  if (!shown) return;
  const count = counts.value ? counts.value.joined : shown.seats;
  if (shown.phase === "lobby") {
    askFirst({
      title: t("host.ask.cancel"),
      text: t("host.ask.cancel_text", { count }),
      confirm: t("host.ask.cancel_do"),
      run: () => void step("finish", true),
    });
    return;
  }
  const left = shown.q ? shown.q.of - shown.q.n : 0;
  const phase = shown.phase === "paused" ? shown.paused_from : shown.phase;
  const unjudged = phase === "open" || phase === "closing";
  askFirst({
    title: t("host.ask.finish"),
    text: t(unjudged ? "host.ask.finish_open" : "host.ask.finish_text", { count, left }),
    confirm: t("host.ask.finish_do"),
    run: () => void step("finish", true),
  });
}

/** The controls of the picture shown now, in the order of the buttons. */
export function controls(): Control[] {
  const shown = picture.value;
  if (!shown) return [];
  const { phase } = shown;
  const alive = !isFinal(phase);
  const paused = phase === "paused";
  const autoRuns = shown.auto && (phase === "revealed" || phase === "standings");
  return [
    {
      id: "pause",
      key: "P",
      label: t(paused ? "host.control.resume" : autoRuns ? "host.control.hold" : "host.control.pause"),
      on: paused,
      enabled: paused || mayPause(phase),
      run: () => void ask(paused ? "resume" : "pause"),
    },
    {
      id: "extend",
      key: "+",
      label: t("host.control.extend"),
      enabled: mayExtend(shown),
      run: () => void ask("extend", { seconds: LARGE_STEP_SECONDS }).then((done) => done && say(t("host.extended"))),
    },
    {
      id: "close",
      key: "C",
      label: t("host.control.close"),
      enabled: phase === "open",
      run: () => void step("close"),
    },
    {
      id: "blank",
      key: "B",
      label: t(shown.blank ? "host.control.unblank" : "host.control.blank"),
      on: shown.blank,
      enabled: alive,
      run: () => void ask(shown.blank ? "unblank" : "blank"),
    },
    {
      id: "lock",
      key: "L",
      label: t(shown.locked ? "host.control.unlock" : "host.control.lock"),
      on: shown.locked,
      enabled: alive,
      run: () => void ask(shown.locked ? "unlock" : "lock"),
    },
    {
      id: "auto",
      key: "A",
      label: t(shown.auto ? "host.control.auto_off" : "host.control.auto"),
      on: shown.auto,
      enabled: alive,
      run: () => void ask("auto", { on: !shown.auto }),
    },
    {
      id: "reactions",
      key: "E",
      label: t(shown.reactions ? "host.control.reactions_off" : "host.control.reactions"),
      on: shown.reactions,
      enabled: alive,
      run: () => void ask("reactions", { on: !shown.reactions }),
    },
    {
      id: "sound",
      key: "M",
      label: t(shown.sound ? "host.control.sound_off" : "host.control.sound"),
      on: !shown.sound,
      enabled: alive,
      run: () => void ask("sound", { on: !shown.sound }),
    },
    ...(shown.hall_id === null
      ? []
      : [
          {
            id: "overall",
            key: "T",
            label: t(shown.overall ? "host.control.overall_off" : "host.control.overall"),
            on: shown.overall,
            enabled: mayShowOverall(phase),
            run: () => void ask("overall", { on: !shown.overall }),
          },
        ]),
    { id: "standings", key: "S", label: t("host.control.standings"), enabled: true, run: openStandings },
    ...bellControls(shown),
    ...duelControls(shown),
    ...quickControls(shown),
    {
      id: "replay",
      key: "R",
      label: t("host.control.replay"),
      enabled: mayReplay(shown),
      danger: true,
      run: () => shown.q && replayQuestion(shown.q.n),
    },
    {
      id: "void",
      key: "V",
      label: t("host.control.void"),
      enabled: mayVoid(shown),
      danger: true,
      run: () => shown.q && voidQuestion(shown.q.n),
    },
    {
      id: "finish",
      key: "F",
      label: t("host.control.finish"),
      enabled: alive && phase !== "podium",
      danger: true,
      run: finish,
    },
  ];
}

/** The small buttons below the big one. */
export function Controls() {
  return (
    <div class="h-controls" role="group" aria-label={t("host.controls")}>
      {controls().filter(({ apart }) => !apart).map(({ id, key, label, on, enabled, danger, run }) => (
        <button
          key={id}
          type="button"
          class={"h-control" + (danger ? " is-danger" : "") + (on ? " is-on" : "")}
          disabled={!enabled || (stepping.value && (id === "close" || id === "finish"))}
          aria-pressed={on === undefined ? undefined : on}
          aria-keyshortcuts={key}
          title={t("host.with_key", { label, key })}
          onClick={run}
        >
          <span>{label}</span>
          <kbd aria-hidden="true">{key}</kbd>
        </button>
      ))}
    </div>
  );
}

/** Big step: refused while an answer is awaited and for a moment after every change of phase. */
export function pressBig(): void {
  if (settling.value || stepping.value) return;
  const shown = picture.value;
  if (!shown || shown.phase === "closing" || isFinal(shown.phase)) return;
  void step("next");
}

/** Which part a small screen shows. */
export type Tab = "run" | "control" | "people";
export const tab = signal<Tab>("control");

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);
}

let byTab = false;

function onTab(pressed: KeyboardEvent): void {
  if (pressed.key === "Tab") byTab = true;
}
function onPointer(): void {
  byTab = false;
}

/** A control reached by Tab takes the space bar for itself; one clicked a moment ago does not. */
function ownsSpace(target: EventTarget | null): boolean {
  return byTab && target instanceof HTMLElement && /^(BUTTON|A|SUMMARY)$/.test(target.tagName);
}

function onKey(pressed: KeyboardEvent): void {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || isTyping(pressed.target) || dialogOpen()) return;
  if (pressed.key === " ") {
    if (ownsSpace(pressed.target)) return;
    pressed.preventDefault();
    if (pressed.target instanceof HTMLElement) pressed.target.blur();
    if (!pressed.repeat) pressBig();
    return;
  }
  if (pressed.repeat) return;
  if (pressed.key === "?") {
    pressed.preventDefault();
    openSheet();
    return;
  }
  // "=" is where "+" is on most keyboards.
  const key = pressed.key === "=" ? "+" : pressed.key.toUpperCase();
  const control = controls().find((each) => each.key === key);
  if (!control || !control.enabled) return;
  pressed.preventDefault();
  control.run();
}

export function useKeys(): void {
  useEffect(() => {
    document.addEventListener("keydown", onTab, true);
    document.addEventListener("pointerdown", onPointer, true);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onTab, true);
      document.removeEventListener("pointerdown", onPointer, true);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
}
