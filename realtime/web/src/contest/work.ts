/**
 * What an attempt's answers are on this phone: every change is kept here before it is sent, with the number under which
 * the server took it. Survives reloads; forgets nothing until the attempt is over. Sends nothing itself.
 */

import { signal } from "@preact/signals";
import { keep, keepValue, recallValue } from "../core/storage";
import { slug } from "./place";
import type { Answers, Choice, Kept, Paper } from "./types";

export interface Work {
  id: string;
  ticket: string;
  /** The latest choice by position; position 0 is the prediction. */
  answers: Answers;
  /** The number the server has confirmed, by position. */
  receipts: { [position: string]: number };
  /** Positions whose latest choice the server would not take. */
  refused: { [position: string]: boolean };
  /** Half-made orders and half-typed numbers, not yet an answer. */
  drafts: { [position: string]: string };
  /** The question on the screen: a position, 0 for the prediction. */
  at: number;
  /** The person pressed hand in, and nobody knows yet whether it arrived. */
  submitting: boolean;
  /** Where this phone's own clock will stand at the end; only ever compared with itself, until the server is heard. */
  ends: number;
}

const WORK = "work." + slug;
const PAPER = "paper." + slug;

export const paper = signal<Paper | null>(null);
export const work = signal<Work | null>(null);

/** Replaces the work and keeps it on this device. */
export function store(next: Work): void {
  work.value = next;
  keepValue(WORK, next);
}

/** Changes some of the work; nothing without an attempt. */
export function change(part: Partial<Work>): void {
  if (work.value) store({ ...work.value, ...part });
}

export function storePaper(next: Paper): void {
  paper.value = next;
  keepValue(PAPER, next);
}

/** What this device still has of an attempt, or null. */
export function recallWork(): { work: Work; paper: Paper } | null {
  const kept = recallValue<Work>(WORK);
  const sheet = recallValue<Paper>(PAPER);
  if (!kept || !sheet || kept.id !== sheet.id || !sheet.questions || typeof kept.ticket !== "string") return null;
  return { work: kept, paper: sheet };
}

/** The attempt is over: nothing of it stays on this device. */
export function forget(): void {
  work.value = null;
  paper.value = null;
  keep(WORK, null);
  keep(PAPER, null);
}

export function emptyWork(id: string, ticket: string): Work {
  return { id, ticket, answers: {}, receipts: {}, refused: {}, drafts: {}, at: 1, submitting: false, ends: 0 };
}

/** The server's answers under what this phone has newer; the higher number counts, position by position. */
export function merged(now: Work, told: Answers): Work {
  const answers: Answers = { ...now.answers };
  const receipts = { ...now.receipts };
  const refused = { ...now.refused };
  for (const position of Object.keys(told)) {
    const theirs = told[position]!;
    const ours = answers[position];
    if (!ours || theirs.seq >= ours.seq) {
      answers[position] = theirs;
      delete refused[position];
    }
    receipts[position] = Math.max(receipts[position] || 0, theirs.seq);
  }
  return { ...now, answers, receipts, refused };
}

/** One number above all of this attempt. */
export function nextSeq(now: Work): number {
  let most = 0;
  for (const position of Object.keys(now.answers)) most = Math.max(most, now.answers[position]!.seq);
  for (const position of Object.keys(now.receipts)) most = Math.max(most, now.receipts[position]!);
  return most + 1;
}

/** Positions whose latest choice has no receipt, oldest change first. */
export function pending(now: Work): string[] {
  return Object.keys(now.answers)
    .filter((position) => !now.refused[position] && now.answers[position]!.seq > (now.receipts[position] || 0))
    .sort((a, b) => now.answers[a]!.seq - now.answers[b]!.seq);
}

/** How many questions have an answer here, sent or not. */
export function answered(now: Work): number {
  return Object.keys(now.answers).filter((position) => position !== "0" && now.answers[position]!.choice !== null).length;
}

export function answerAt(position: number): Kept | null {
  const now = work.value;
  return (now && now.answers[position]) || null;
}

export function choiceAt(position: number): Choice | null {
  const kept = answerAt(position);
  return kept ? kept.choice : null;
}

export type Fate = "none" | "sending" | "saved" | "refused";

/** Where the latest choice of a position is. A choice taken back and saved counts as none. */
export function fateAt(position: number): Fate {
  const now = work.value;
  const kept = answerAt(position);
  if (!now || !kept) return "none";
  if (now.refused[position]) return "refused";
  if (kept.seq > (now.receipts[position] || 0)) return "sending";
  return kept.choice === null ? "none" : "saved";
}

// Another tab of this browser may work on the same attempt: both keep to the higher numbers.
window.addEventListener("storage", (changed) => {
  if (changed.key !== "hoithi." + WORK || !changed.newValue || !work.value) return;
  const other = recallValue<Work>(WORK);
  if (!other || other.id !== work.value.id) return;
  const now = work.value;
  const answers = { ...now.answers };
  for (const position of Object.keys(other.answers)) {
    const theirs = other.answers[position]!;
    if (!answers[position] || theirs.seq > answers[position]!.seq) answers[position] = theirs;
  }
  const receipts = { ...now.receipts };
  for (const position of Object.keys(other.receipts)) {
    receipts[position] = Math.max(receipts[position] || 0, other.receipts[position]!);
  }
  work.value = { ...now, answers, receipts, ticket: other.ticket };
});
