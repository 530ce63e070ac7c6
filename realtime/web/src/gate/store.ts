/**
 * What the page knows: the links this phone was paired by, the last word of the server, the post, the last things done.
 * All but names is kept on the phone, so that the page works where there is no network.
 */

import { signal } from "@preact/signals";
import { keepValue, recallValue } from "../core/storage";
import { buzz, randomId } from "../play/device";
import { add, nextSeq } from "./queue";
import type { Answer, Came, Entry, Info, Line, Post } from "./types";

export interface Pairing {
  id: string;
  token: string;
  phone: number | null;
}

export const slug = (/^\/f\/([^/]+)\//.exec(location.pathname) || ["", ""])[1]!;
const KEY = "gate." + slug + ".";
const MOST_LINES = 30;

/** The newest first; older ones are kept while something of theirs waits. */
export const pairings = signal<Pairing[]>(recallValue<Pairing[]>(KEY + "pairings") || []);
export const info = signal<Info | null>(recallValue<Info>(KEY + "info"));
export const came = signal<Came | null>(recallValue<Came>(KEY + "came"));
export const chosenPost = signal<number | null>(recallValue<number>(KEY + "post"));
export const lines = signal<Line[]>(recallValue<Line[]>(KEY + "lines") || []);
/** Names by card, of this page's life only. */
export const names = signal<{ [card: string]: string }>({});
export const sound = signal(recallValue<boolean>(KEY + "sound") === true);
/** The server does not know the link, or has stopped the phone. */
export const dead = signal<"" | "unknown" | "revoked">("");
/** The last thing done: what the big result shows. */
export const current = signal<string | null>(null);

/** Takes over the link in the address, which then forgets it. */
export function takeLink(): void {
  const given = location.hash.slice(1);
  if (!/^[\w-]{20,64}$/.test(given)) return;
  history.replaceState(null, "", location.pathname);
  const known = pairings.value.filter((one) => one.token === given)[0];
  if (known && known === pairings.value[0]) return;
  const next = known || { id: randomId().slice(0, 8), token: given, phone: null };
  storePairings([next, ...pairings.value.filter((one) => one !== known)]);
  info.value = null;
  chosenPost.value = null;
  keepValue(KEY + "info", null);
  keepValue(KEY + "post", null);
  dead.value = "";
}

export function storePairings(next: Pairing[]): void {
  pairings.value = next;
  keepValue(KEY + "pairings", next);
}

export function storeInfo(next: Info): void {
  info.value = next;
  keepValue(KEY + "info", next);
  storeCame(next.came);
  const first = pairings.value[0];
  if (first && first.phone !== next.phone.id) {
    storePairings([{ ...first, phone: next.phone.id }, ...pairings.value.slice(1)]);
  }
  dead.value = next.phone.revoked ? "revoked" : "";
}

export function storeCame(next: Came): void {
  came.value = next;
  keepValue(KEY + "came", next);
}

export function choosePost(id: number | null): void {
  chosenPost.value = id;
  keepValue(KEY + "post", id);
}

export function setSound(on: boolean): void {
  sound.value = on;
  keepValue(KEY + "sound", on);
}

/** Where this phone stands: what was chosen on it, else what it was paired for, else the only post there is. */
export function post(): Post | null {
  const now = info.value;
  if (!now) return null;
  const by = (id: number | null) => now.posts.filter((one) => one.id === id)[0] || null;
  return by(chosenPost.value) || by(now.phone.post) || (now.posts.length === 1 ? now.posts[0]! : null);
}

function storeLines(next: Line[]): void {
  lines.value = next.slice(0, MOST_LINES);
  keepValue(KEY + "lines", lines.value);
}

/** Keeps what was done on this phone first, and only then shows it. */
export function record(part: Omit<Entry, "nonce" | "at">): Promise<string> {
  const nonce = randomId();
  const at = Date.now();
  const here = post();
  const entry: Entry = { ...part, nonce, at };
  if (part.do !== "undo" && here) entry.post = here.id;
  const pairing = pairings.value[0] ? pairings.value[0].id : "";
  return add({ nonce, seq: nextSeq(), pairing, entry }).then(() => {
    if (part.do === "undo") {
      storeLines(lines.value.map((line) => (line.nonce === part.of ? { ...line, undone: true } : line)));
    } else {
      const { card, heads, group, skills } = part;
      storeLines([{ nonce, do: part.do, at, card, heads, group, skills, result: null } as Line].concat(lines.value));
      current.value = nonce;
      buzz(40);
    }
    return nonce;
  });
}

/** What the server said of something done here. */
export function onAnswers(answers: Answer[]): void {
  const by: { [nonce: string]: Answer } = {};
  const learnt = { ...names.value };
  for (const answer of answers) by[answer.nonce] = answer;
  storeLines(
    lines.value.map((line) => {
      const answer = by[line.nonce];
      if (!answer) return line;
      if (answer.name && line.card) learnt[line.card] = answer.name;
      return { ...line, result: answer.result, since_at: answer.since_at, undone: line.undone || answer.undone };
    }),
  );
  names.value = learnt;
}

// Another tab has learnt something of the same things.
window.addEventListener("storage", (changed) => {
  if (changed.key !== "hoithi." + KEY + "lines") return;
  const theirs = recallValue<Line[]>(KEY + "lines") || [];
  const merged = lines.value.map((line) => {
    const other = theirs.filter((one) => one.nonce === line.nonce)[0];
    return other && (line.result === null || other.undone) ? other : line;
  });
  const fresh = theirs.filter((one) => !lines.value.some((line) => line.nonce === one.nonce));
  lines.value = merged.concat(fresh).sort((a, b) => b.at - a.at).slice(0, MOST_LINES);
});
