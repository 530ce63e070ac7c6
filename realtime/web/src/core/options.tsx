/**
 * The plate of one option: letter, shape and colour by position, the same on phone, stage and host.
 * Holds no choice and sends nothing.
 */

import type { ComponentChildren } from "preact";
import { t } from "./i18n";

/** idle: may be tapped · chosen: mine · dimmed: another was chosen · right and wrong: after the reveal. */
export type OptionState = "idle" | "chosen" | "dimmed" | "right" | "wrong";

/** True or false in the page's own language, when the quiz has only the usual two words. */
export function optionText(q: { type: string }, option: { id: string; text: string }): string {
  if (q.type !== "true_false") return option.text;
  if (option.id === "T" && option.text === "Đúng") return t("core.true");
  if (option.id === "F" && option.text === "Sai") return t("core.false");
  return option.text;
}

export const LETTERS = ["A", "B", "C", "D", "E", "F"] as const;

const SHAPES = [
  "M12 3l10 18H2z",
  "M12 1l10 11-10 11L2 12z",
  "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z",
  "M3 3h18v18H3z",
  "M12 1l3.2 7.4 8 .7-6.1 5.3 1.8 7.9L12 18.1l-6.9 4.2 1.8-7.9L.8 9.1l8-.7z",
  "M12 1l11 8.2-4.2 13H5.2L1 9.2z",
];

/** The shape of the option at `index`, in the current colour. */
export function Shape({ index }: { index: number }) {
  return (
    <svg class="shape" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path fill="currentColor" d={SHAPES[index] || SHAPES[0]} />
    </svg>
  );
}

export function Tick() {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round" d="M4 13l5.5 5.5L20 6.5" />
    </svg>
  );
}

export function Cross() {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap="round" d="M5.5 5.5l13 13M18.5 5.5l-13 13" />
    </svg>
  );
}

interface OptionProps {
  /** Position from 0: decides letter, shape and colour. */
  index: number;
  text: string;
  state?: OptionState;
  /** Ordering: the place this option was given, from 1. */
  place?: number | null;
  /** More on the plate, after the text: a bar, a count. */
  children?: ComponentChildren;
}

function className(index: number, state: OptionState, extra: string): string {
  return "option option-" + LETTERS[index]!.toLowerCase() + " is-" + state + extra;
}

function Inside({ index, text, state, place, children }: OptionProps) {
  return (
    <>
      <span class="option-mark">
        <Shape index={index} />
        <b>{LETTERS[index]}</b>
      </span>
      <span class="option-text">{text}</span>
      {place ? (
        <span class="option-place">
          <span class="only-read">{t("core.place", { place })}</span>
          <span aria-hidden="true">{place}</span>
        </span>
      ) : null}
      {state === "right" && (
        <span class="option-sign">
          <Tick />
          {t("core.right")}
        </span>
      )}
      {state === "wrong" && (
        <span class="option-sign">
          <Cross />
          {t("core.wrong")}
        </span>
      )}
      {children}
    </>
  );
}

export interface OptionButtonProps extends OptionProps {
  onTap(): void;
  disabled?: boolean;
}

/** An option to tap. Pressed state follows `state` chosen, right and wrong are for plates. */
export function OptionButton(props: OptionButtonProps) {
  const state = props.state || "idle";
  return (
    <button
      type="button"
      class={className(props.index, state, "")}
      aria-pressed={state === "chosen" || !!props.place}
      disabled={props.disabled}
      onClick={props.onTap}
    >
      <Inside {...props} state={state} />
    </button>
  );
}

/** An option to look at: on the stage, and everywhere after the reveal. */
export function OptionPlate(props: OptionProps) {
  const state = props.state || "idle";
  return (
    <div class={className(props.index, state, " is-plate")}>
      <Inside {...props} state={state} />
    </div>
  );
}
