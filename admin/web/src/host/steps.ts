/** What the big button will do now, and what the other controls may do. Pure: reads a picture, changes nothing. */

import type { Counts, HostState, PhaseName } from "../../../../realtime/web/src/core/frames";
import { t } from "../../../../realtime/web/src/core/i18n";

export interface BigStep {
  label: string;
  note: string;
  /** Null: the button rests. */
  command: "next" | null;
}

function noteWhileOpen(shown: HostState, counts: Counts | null, left: number | null): string {
  const answered = counts ? counts.answered : 0;
  const online = shown.duel && shown.duel.now ? shown.duel.faces.length : counts ? counts.online : 0;
  return t("host.note.open", { seconds: left === null ? 0 : left, answered, online: Math.max(online, answered) });
}

/** In the golden bell only those count who are asked; null elsewhere. */
function bellOpenNote(shown: HostState, counts: Counts | null, left: number | null): string | null {
  const bell = shown.bell;
  if (!bell) return null;
  const asked = bell.rescue ? bell.out : bell.left;
  return t("bellhost.open_note", { seconds: left === null ? 0 : left, answered: counts ? counts.answered : 0, left: asked });
}

/** `left`: whole seconds left in this phase; null without an end. */
export function bigStep(shown: HostState, counts: Counts | null, left: number | null): BigStep {
  const n = shown.q ? shown.q.n : 0;
  const bell = shown.bell;
  const duel = shown.duel;
  const last = !!shown.q && (n === shown.q.of || (!!bell && bell.decided) || (!!duel && duel.won !== null));
  const joined = counts ? counts.joined : shown.seats;
  const auto = left !== null ? t("host.note.auto", { seconds: left }) : "";
  switch (shown.phase) {
    case "lobby":
      if (duel && duel.faces.length < 2) {
        return { label: t("duelhost.need"), note: t("duelhost.need_note"), command: null };
      }
      return {
        label: t("host.do.start"),
        note: joined > 0 ? t("host.note.lobby", { count: joined }) : t("host.note.lobby_none"),
        command: "next",
      };
    case "get_ready":
      return {
        label: t("host.do.open", { n }),
        note: left !== null ? t("host.note.ready", { seconds: left }) : "",
        command: "next",
      };
    case "open":
      return { label: t("host.do.close", { n }), note: bellOpenNote(shown, counts, left) || noteWhileOpen(shown, counts, left), command: "next" };
    case "closing":
      return { label: t("host.do.closing"), note: t("host.note.closing"), command: null };
    case "revealed":
      if (duel && duel.judging) return { label: t("duelhost.see"), note: t("duelhost.rule_first"), command: "next" };
      return {
        label: t(bell ? "bellhost.see" : duel ? "duelhost.see" : "host.do.standings"),
        note: auto || (bell && t("bellhost.note", { left: bell.left, went: bell.went })) || t("host.note.revealed", { answered: counts ? counts.answered : 0 }),
        command: "next",
      };
    case "standings":
      if (!last && bell && bell.rescue_next) return { label: t("bellhost.next_rescue", { n: n + 1 }), note: auto, command: "next" };
      if (last && bell) {
        return { label: t("bellhost.ring"), note: t("bellhost.ring_note", { count: bell.winners }), command: "next" };
      }
      if (!last) return { label: t("host.do.next", { n: n + 1 }), note: auto, command: "next" };
      return {
        label: t("host.do.podium"),
        note: t(shown.auto ? "host.note.auto_last" : n === shown.q!.of ? "host.note.last" : "duelhost.decided"),
        command: "next",
      };
    case "paused": {
      const held = shown.q ? shown.q.left : null;
      return {
        label: t("host.do.resume"),
        note: held !== null ? t("host.note.paused_left", { seconds: Math.ceil(held) }) : t("host.note.paused"),
        command: "next",
      };
    }
    case "podium":
      return { label: t("host.do.finish"), note: t("host.note.podium"), command: "next" };
    case "finished":
      return { label: t("host.do.finished"), note: t("host.note.finished"), command: null };
    case "cancelled":
      return { label: t("host.do.cancelled"), note: "", command: null };
  }
}

export function isFinal(phase: PhaseName): boolean {
  return phase === "finished" || phase === "cancelled";
}

export function mayPause(phase: PhaseName): boolean {
  return phase === "get_ready" || phase === "open" || phase === "revealed" || phase === "standings";
}

export function mayExtend(shown: HostState): boolean {
  return shown.phase === "open" || (shown.phase === "paused" && shown.paused_from === "open");
}

/** The present question may be taken out of the score. */
export function mayVoid(shown: HostState): boolean {
  return !!shown.q && !isFinal(shown.phase) && shown.voids.indexOf(shown.q.n) < 0;
}

/** The present question may be asked again: nobody has seen its key yet. */
export function mayReplay(shown: HostState): boolean {
  const phase = shown.phase === "paused" ? shown.paused_from : shown.phase;
  return phase === "open" || (phase === "closing" && shown.phase === phase);
}

/** Share of the people in the room who lost their link in this question, in whole percent. */
export function lostPercent(counts: Counts | null): number {
  return counts && counts.joined > 0 ? Math.round((counts.lost / counts.joined) * 100) : 0;
}
