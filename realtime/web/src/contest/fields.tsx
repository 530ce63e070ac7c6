/** Form fields with a label, a hint and what is wrong. They know how a thing is typed, not what it is for. */

import type { ComponentChildren } from "preact";
import { t } from "../core/i18n";

export interface FieldProps {
  id: string;
  label: string;
  /** Not required: said beside the label. */
  optional?: boolean;
  hint?: string;
  problem?: string | null;
}

/** The words under a field; `id` is what the field is described by. */
export function Under({ id, hint, problem, children }: FieldProps & { children?: ComponentChildren }) {
  return (
    <>
      <p class={problem ? "wrong" : "hint"} id={id + "-under"}>
        {problem || hint}
      </p>
      {children}
    </>
  );
}

export function LabelText({ label, optional }: { label: string; optional?: boolean }) {
  return (
    <>
      {label} {optional && <span class="optional">{t("enter.optional")}</span>}
    </>
  );
}

export interface TextFieldProps extends FieldProps {
  value: string;
  onValue(value: string): void;
  type?: "text" | "tel" | "email";
  numeric?: boolean;
  autocomplete?: string;
  maxLength?: number;
  placeholder?: string;
  /** Something to press under the field. */
  children?: ComponentChildren;
}

export function TextField(props: TextFieldProps) {
  const { id, value, onValue, problem } = props;
  return (
    <div class="field">
      <label for={id}>
        <LabelText {...props} />
      </label>
      <input
        id={id}
        class={"input" + (problem ? " is-wrong" : "")}
        type={(props.type || "text") as "text"}
        inputMode={props.numeric ? "numeric" : undefined}
        autocomplete={props.autocomplete || "off"}
        maxLength={props.maxLength || 160}
        placeholder={props.placeholder}
        value={value}
        aria-invalid={!!problem}
        aria-describedby={id + "-under"}
        onInput={(typed) => onValue(typed.currentTarget.value)}
      />
      <Under {...props}>{props.children}</Under>
    </div>
  );
}

export interface AreaProps extends FieldProps {
  value: string;
  onValue(value: string): void;
  rows?: number;
  maxLength: number;
}

export function AreaField(props: AreaProps) {
  const { id, value, onValue, problem } = props;
  return (
    <div class="field">
      <label for={id}>
        <LabelText {...props} />
      </label>
      <textarea
        id={id}
        class={"input area" + (problem ? " is-wrong" : "")}
        rows={props.rows || 5}
        maxLength={props.maxLength}
        aria-invalid={!!problem}
        aria-describedby={id + "-under"}
        value={value}
        onInput={(typed) => onValue(typed.currentTarget.value)}
      />
      <Under {...props} />
    </div>
  );
}

/** A date as people write it, 22/11/2010: the strokes come by themselves, and may be typed all the same. */
export function datedText(typed: string): string {
  const parts = [""];
  for (const letter of typed) {
    const at = parts.length - 1;
    if (/\d/.test(letter)) {
      if (at < 2 && parts[at]!.length === 2) parts.push(letter);
      else if (parts[at]!.length < 4) parts[at] += letter;
    } else if (at < 2 && parts[at]) parts.push("");
  }
  return parts.join("/");
}

/** Whole years today by this device's calendar, or null: only to know whether to ask for a guardian. */
export function ageOf(text: string): number | null {
  const found = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
  if (!found) return null;
  const [day, month, year] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const now = new Date();
  const had = now.getMonth() + 1 > month || (now.getMonth() + 1 === month && now.getDate() >= day);
  const age = now.getFullYear() - year - (had ? 0 : 1);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && age >= 0 && age < 130 ? age : null;
}

export interface ChoiceProps extends FieldProps {
  value: string;
  choices: { value: string; text: string }[];
  onValue(value: string): void;
}

/** A few choices side by side. */
export function ChoiceField(props: ChoiceProps) {
  const { id, value, choices, onValue } = props;
  return (
    <fieldset class="field" aria-describedby={id + "-under"}>
      <legend>
        <LabelText {...props} />
      </legend>
      <div class="choices">
        {choices.map((choice) => (
          <label key={choice.value} class={"choice" + (value === choice.value ? " is-chosen" : "")}>
            <input
              type="radio"
              name={id}
              checked={value === choice.value}
              onChange={() => onValue(choice.value)}
            />
            <span>{choice.text}</span>
          </label>
        ))}
      </div>
      <Under {...props} />
    </fieldset>
  );
}

export interface TickProps {
  id: string;
  checked: boolean;
  onChange(checked: boolean): void;
  problem?: string | null;
  children: ComponentChildren;
}

/** A box to tick, with a sentence. Never ticked beforehand. */
export function TickField({ id, checked, onChange, problem, children }: TickProps) {
  return (
    <div class={"tick" + (problem ? " is-wrong" : "")}>
      <label>
        <input
          id={id}
          type="checkbox"
          checked={checked}
          aria-invalid={!!problem}
          aria-describedby={problem ? id + "-under" : undefined}
          onChange={(changed) => onChange(changed.currentTarget.checked)}
        />
        <span>{children}</span>
      </label>
      {problem && (
        <p class="wrong" id={id + "-under"}>
          {problem}
        </p>
      )}
    </div>
  );
}
