/** Six boxes for a code of digits. The real field lies over them, so that pasting and reading out work as usual. */

import { useState } from "preact/hooks";

export interface DigitsProps {
  id: string;
  label: string;
  hint: string;
  value: string;
  wrong?: boolean;
  onValue(digits: string): void;
}

const BOXES = [0, 1, 2, 3, 4, 5];

export function Digits({ id, label, hint, value, wrong, onValue }: DigitsProps) {
  const [focused, setFocused] = useState(false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class={"code" + (focused ? " is-focused" : "") + (wrong ? " is-wrong" : "")}>
        <div class="code-boxes" aria-hidden="true">
          {BOXES.map((i) => (
            <span key={i} class={"code-box" + (focused && i === Math.min(value.length, 5) ? " is-next" : "")}>
              {value[i] || ""}
            </span>
          ))}
        </div>
        <input
          id={id}
          class="code-input"
          type="tel"
          inputMode="numeric"
          autocomplete="one-time-code"
          value={value}
          aria-describedby={id + "-under"}
          aria-invalid={!!wrong}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onInput={(typed) => {
            const digits = typed.currentTarget.value.replace(/\D/g, "").slice(0, 6);
            typed.currentTarget.value = digits;
            onValue(digits);
          }}
        />
      </div>
      <p class="hint" id={id + "-under"}>
        {hint}
      </p>
    </div>
  );
}
