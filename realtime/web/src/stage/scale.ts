/**
 * The stage's own unit and the fitting of its texts: one unit is one pixel of a 1920 × 1080 picture, whatever size the
 * picture really has, so that the projector, the host's small picture and the organiser's preview are the same drawing.
 */

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const WIDTH = 1920;
const HEIGHT = 1080;

/** Grows when the fonts have come: what was measured with another font is measured again. */
const fonts = signal(0);
if (typeof document !== "undefined" && document.fonts) {
  // Not `ready`: it is kept before the first text has asked for a font, and each subset comes on its own.
  document.fonts.addEventListener("loadingdone", () => fonts.value++);
}

/** Gives the element the custom property --u (a length) and returns its size in CSS pixels; 0 before the first layout. */
export function useUnit<E extends HTMLElement>() {
  const frame = useRef<E>(null);
  const [unit, setUnit] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    function measure(): void {
      const size = Math.min(element!.clientWidth / WIDTH, element!.clientHeight / HEIGHT);
      if (size <= 0) return;
      element!.style.setProperty("--u", size + "px");
      setUnit(size);
    }
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, unit] as const;
}

/** Sizes of stem and options in units, from the most handsome to the most crowded. */
const STEPS: readonly (readonly [stem: number, option: number])[] = [
  [80, 48],
  [72, 48],
  [64, 44],
  [64, 40],
  [56, 44],
  [56, 40],
  [56, 36],
  [48, 36],
  [44, 34],
  [40, 32],
  [36, 32],
  [32, 32],
  // Only texts at the very limit of what a question may hold come down here.
  [32, 28],
  [28, 26],
  [26, 24],
  [24, 22],
  [22, 20],
  [20, 18],
  [18, 16],
  [16, 14],
  [14, 12],
];
const HANDSOME_STEM = 56;
const MOST_LINES = 4;
/** Option sizes that are tried for the sake of a long word; below them a long address may as well be broken. */
const WHOLE_WORDS = [48, 44, 40, 36];

function stemLines(box: HTMLElement): number {
  const stem = box.querySelector<HTMLElement>("[data-stem]");
  if (!stem) return 1;
  return Math.round(stem.offsetHeight / parseFloat(getComputedStyle(stem).lineHeight));
}

/** The largest option size at which no word is wider than its line, for it would be broken in the middle. */
function largestWhole(box: HTMLElement): number {
  const texts = Array.from(box.querySelectorAll<HTMLElement>("[data-words]"));
  box.classList.add("is-measured");
  const whole = WHOLE_WORDS.find((size) => {
    box.style.setProperty("--opt", String(size));
    return texts.every((text) => text.scrollWidth <= text.clientWidth + 1);
  });
  box.classList.remove("is-measured");
  return whole || WHOLE_WORDS[WHOLE_WORDS.length - 1]!;
}

/** Chooses the largest step at which the box does not overflow; `key` says when its contents are others. */
export function useFit<E extends HTMLElement>(key: string, unit: number) {
  const box = useRef<E>(null);
  const loaded = fonts.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const largest = largestWhole(element);
    for (const [stem, option] of STEPS) {
      element.style.setProperty("--stem", String(stem));
      element.style.setProperty("--opt", String(Math.min(option, largest)));
      if (stem >= HANDSOME_STEM && stemLines(element) > MOST_LINES) continue;
      if (element.scrollHeight <= element.clientHeight + 1) break;
    }
  }, [key, unit, loaded]);
  return box;
}

/** The largest of `sizes` (units) at which the element holds its text, set as --size. */
export function useSize<E extends HTMLElement>(sizes: readonly number[], key: string, unit: number) {
  const box = useRef<E>(null);
  const loaded = fonts.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    for (const size of sizes) {
      element.style.setProperty("--size", String(size));
      if (element.scrollHeight <= element.clientHeight + 1 && element.scrollWidth <= element.clientWidth + 1) break;
    }
  }, [key, unit, loaded]);
  return box;
}
