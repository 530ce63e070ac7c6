/** The big keypad for numeric answers. Text in and out is canonical: digits, one point, a leading minus. */

import { useEffect, useRef } from "preact/hooks";
import { lang, t } from "../core/i18n";

const MOST = 12;
const KEYS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "-", "0", "."];

/** The text after one key; unchanged when the key makes no sense there. */
export function press(text: string, key: string): string {
  if (key === "back") return text.slice(0, -1);
  if (key === "-") return text[0] === "-" ? text.slice(1) : "-" + text;
  if (text.length >= MOST) return text;
  if (key === ".") {
    if (text.indexOf(".") >= 0) return text;
    return /\d$/.test(text) ? text + "." : text + "0.";
  }
  return /^-?0$/.test(text) ? text.slice(0, -1) + key : text + key;
}

/** The number a text stands for, or null while it is none. */
export function parsed(text: string): number | null {
  return /^-?\d+(\.\d*)?$/.test(text) ? Number(text) : null;
}

/** The text as this language writes it, while it is being typed. */
export function written(text: string): string {
  return text.replace("-", "−").replace(".", lang.value === "vi" ? "," : ".");
}

export interface KeypadProps {
  text: string;
  unit: string | null;
  locked: boolean;
  /** Which numbers make sense: all of them (the default), none below zero, whole ones from zero. */
  kind?: "any" | "decimal" | "whole";
  onText(text: string): void;
  onDone(): void;
}

/** Whether a key makes sense for that kind of number. */
function fits(key: string, kind: KeypadProps["kind"]): boolean {
  if (key === "-") return !kind || kind === "any";
  return key !== "." || kind !== "whole";
}

export function Keypad(props: KeypadProps) {
  const { text, unit, locked } = props;
  // The listener below lives as long as the question; it must see the present text, not the first one.
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    function onKey(pressed: KeyboardEvent): void {
      const now = latest.current;
      if (now.locked || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
      const key = pressed.key;
      const onButton = (pressed.target as HTMLElement).tagName === "BUTTON";
      if (/^\d$/.test(key)) now.onText(press(now.text, key));
      else if ((key === "," || key === ".") && fits(".", now.kind)) now.onText(press(now.text, "."));
      else if (key === "-" && fits("-", now.kind)) now.onText(press(now.text, "-"));
      else if (key === "Backspace") now.onText(press(now.text, "back"));
      else if (key === "Enter" && !onButton) now.onDone();
      else return;
      pressed.preventDefault();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div class="keypad">
      <div class="keypad-shown">
        <div class="keypad-number">
          <output class={text ? "" : "is-empty"} aria-live="polite" aria-label={t("question.your_number")}>
            {text ? written(text) : "–"}
          </output>
          {unit && <span class="keypad-unit">{unit}</span>}
        </div>
        {!locked && (
          <button
            type="button"
            class="key"
            aria-label={t("question.erase")}
            disabled={!text}
            onClick={() => props.onText(press(text, "back"))}
          >
            ⌫
          </button>
        )}
      </div>
      {!locked && (
        <div class="keys">
          {KEYS.map((key) => (
            <button
              key={key}
              type="button"
              class={"key" + (fits(key, props.kind) ? "" : " is-missing")}
              disabled={!fits(key, props.kind)}
              aria-label={key === "-" ? t("question.minus") : key === "." ? t("question.point") : undefined}
              onClick={() => props.onText(press(text, key))}
            >
              {key === "-" ? "±" : written(key)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
