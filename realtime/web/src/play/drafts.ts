/** What is being put together but not yet handed in: survives redraws, pauses and a change of language. */

import { signal } from "@preact/signals";

export interface Draft {
  q: number;
  /** multi and ordering: the options tapped, in order. */
  ids: string[];
  /** numeric and text: what was typed; for numeric canonical, with a point. */
  text: string;
}

const draft = signal<Draft>({ q: 0, ids: [], text: "" });

/** The draft for question `q`; empty when it was for another one. */
export function draftFor(q: number): Draft {
  const now = draft.value;
  return now.q === q ? now : { q, ids: [], text: "" };
}

/** Forgets it: the questions are other ones now. */
export function dropDraft(): void {
  draft.value = { q: 0, ids: [], text: "" };
}

/** Adds an option at the end, or takes it out again. */
export function toggle(q: number, id: string): void {
  const now = draftFor(q);
  const ids = now.ids.indexOf(id) >= 0 ? now.ids.filter((each) => each !== id) : [...now.ids, id];
  draft.value = { ...now, ids };
}

export function write(q: number, text: string): void {
  draft.value = { ...draftFor(q), text };
}
