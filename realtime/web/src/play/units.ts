/** The communes and wards: fetched when first needed, found without diacritics and by their old names. */

import { signal } from "@preact/signals";
import { keepValue, recallValue } from "../core/storage";

export interface Unit {
  code: string;
  name: string;
  fold?: string;
  old?: string[] | string;
}
export interface Match {
  unit: Unit;
  /** The old name that matched, when the present one did not. */
  was: string | null;
}

interface Indexed {
  unit: Unit;
  name: string;
  old: { name: string; folded: string }[];
}

/** null: not asked for yet or on its way; empty: could not be had. */
export const units = signal<Unit[] | null>(null);
let index: Indexed[] = [];
let asked = false;

/** Vietnamese without its marks, as the server folds it: đ and ƀ do not decompose, so they are mapped. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/đ/g, "d")
    .replace(/ƀ/g, "b")
    .replace(/['’ʼ‘`]/g, "")
    .replace(/[^0-9a-z]+/g, " ")
    .trim();
}

/** Old names may come folded: give them their capitals back at least. */
function shownName(name: string): string {
  return name === name.toLowerCase() ? name.replace(/(^| )[a-z]/g, (letter) => letter.toUpperCase()) : name;
}

const KINDS = /^(phuong|xa|thi tran|tt|dac khu) (?=.*[a-z])/;

function take(list: Unit[]): void {
  index = list.map((unit) => {
    const old = typeof unit.old === "string" ? unit.old.split(/[,;]/) : unit.old || [];
    return {
      unit,
      name: fold(unit.name),
      old: old.map((name) => ({ name: shownName(name.trim()), folded: fold(name) })),
    };
  });
  units.value = list;
}

/** Fetches the list once; a list kept on this phone serves at once and when there is no network. */
export function loadUnits(): void {
  if (asked) return;
  asked = true;
  const kept = recallValue<Unit[]>("units");
  if (Array.isArray(kept) && kept.length) take(kept);
  fetch("/api/units")
    .then((response) => (response.ok ? response.json() : Promise.reject(response.status)))
    .then((list: Unit[]) => {
      take(list);
      keepValue("units", list);
    })
    .catch(() => {
      asked = false;
      if (!units.value) take([]);
    });
}

/** How well `query` fits `text`, both folded: 0 not at all, more is better. */
function fit(text: string, query: string): number {
  const spaced = " " + text;
  if (text === query) return 5;
  const bare = text.replace(KINDS, "");
  if (bare === query) return 5;
  if (bare.indexOf(query) === 0) return 4;
  if (spaced.indexOf(" " + query) >= 0) return 3;
  const words = query.split(" ");
  if (words.every((word) => spaced.indexOf(" " + word) >= 0)) return 2;
  // "easup" finds Ea Súp.
  const tight = query.replace(/ /g, "");
  return tight.length > 2 && text.replace(/ /g, "").indexOf(tight) >= 0 ? 1 : 0;
}

/** The units that fit `query`, best first, at most `most`. */
export function findUnits(query: string, most: number): Match[] {
  const asked = fold(query);
  if (!asked) return [];
  const found: { match: Match; rank: number }[] = [];
  for (const entry of index) {
    let rank = fit(entry.name, asked) * 2;
    let was: string | null = null;
    for (const old of entry.old) {
      // Old names come without their kind; what was a town then is asked for as one.
      const rankOld = Math.max(fit(old.folded, asked), fit(old.folded, asked.replace(KINDS, ""))) * 2 - 1;
      if (rankOld > rank) {
        rank = rankOld;
        was = old.name;
      }
    }
    if (rank > 0) found.push({ match: { unit: entry.unit, was }, rank });
  }
  found.sort((a, b) => b.rank - a.rank);
  return found.slice(0, most).map((each) => each.match);
}

export function unitByCode(code: string): Unit | null {
  return (units.value || []).filter((unit) => unit.code === code)[0] || null;
}
