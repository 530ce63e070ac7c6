/**
 * The words of the pages in two languages. Every entry adds its own words, so that a bundle carries only what it shows.
 * Never holds a text itself and never builds sentences from pieces.
 */

import { signal } from "@preact/signals";
import coreEn from "../locale/core.en.json";
import coreVi from "../locale/core.vi.json";
import type { Lang } from "./frames";
import { keep, recall } from "./storage";

export type Words = { [key: string]: string };
export type Params = { [name: string]: string | number };

const words: { vi: Words; en: Words } = { vi: {}, en: {} };

/** The language shown. Reading it (or calling `t`) in a component redraws that component when it changes. */
export const lang = signal<Lang>(recall("lang") === "en" ? "en" : "vi");

/** Adds an entry's words; call before the first render. */
export function addWords(vi: Words, en: Words): void {
  Object.assign(words.vi, vi);
  Object.assign(words.en, en);
}

/** Whether there are words for `key`: for keys made from a code of the server. */
export function has(key: string): boolean {
  return key in words.vi;
}

/** The words for `key` in the language shown (Vietnamese where English lacks it), `{name}` replaced from `params`. */
export function t(key: string, params?: Params): string {
  const text = words[lang.value][key] || words.vi[key] || key;
  if (!params) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value) : value;
  });
}

/** A number as the language writes it: 1.234,5 in Vietnamese, 1,234.5 in English; at most `digits` decimals. */
export function number(value: number, digits = 6): string {
  const rounded = Math.round(Math.abs(value) * Math.pow(10, digits)) / Math.pow(10, digits);
  const [whole, rest] = String(rounded).split(".");
  const [thousands, point] = lang.value === "vi" ? [".", ","] : [",", "."];
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, thousands!);
  return (value < 0 && rounded !== 0 ? "−" : "") + grouped + (rest ? point + rest : "");
}

/** Milliseconds as seconds with both hundredths: 0,40. */
export function hundredths(ms: number): string {
  const text = (ms / 1000).toFixed(2);
  return lang.value === "en" ? text : text.replace(".", ",");
}

/** Shows the pages in `next` and remembers it on this device. */
export function setLang(next: Lang): void {
  lang.value = next;
  keep("lang", next);
}

lang.subscribe((value) => {
  document.documentElement.lang = value;
});
addWords(coreVi, coreEn);
