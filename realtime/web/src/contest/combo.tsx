/** A field that finds one of a long list while one types, without diacritics. Where it looks is a matter of `find`. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { LabelText, Under, type FieldProps } from "./fields";
import type { UnitRef } from "./types";

export interface Found {
  code: string;
  name: string;
  /** What it was called before, or where it is. */
  aside?: string | null;
}
/** null: not known yet. */
export type Find = (text: string, done: (found: Found[] | null, failed?: boolean) => void) => void;

export interface ComboProps extends FieldProps {
  value: UnitRef | null;
  onValue(value: UnitRef | null): void;
  find: Find;
  onFocus?(): void;
  /** What was typed may be taken as it is. */
  free?: boolean;
  children?: ComponentChildren;
}

export function Combo(props: ComboProps) {
  const { id, value, onValue, find, problem } = props;
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState<Found[] | null>(null);
  const [failed, setFailed] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const asked = useRef("");
  const shown = value ? value.name : text;
  const asking = open && !value && text.trim() !== "";
  const rows = asking && found ? found : [];

  useEffect(() => {
    if (!asking) return;
    asked.current = text;
    find(text, (list, broken) => {
      if (asked.current !== text) return;
      setFound(list);
      setFailed(!!broken);
    });
  }, [asking, text, find]);
  useEffect(() => {
    if (asking && input.current && input.current.scrollIntoView && window.innerHeight < 700) {
      // The keyboard covers half of a small phone: the list must be seen.
      input.current.scrollIntoView(true);
    }
  }, [asking]);

  function choose(row: Found): void {
    onValue({ code: row.code, name: row.name });
    setText("");
    setOpen(false);
  }
  function takeTyped(): void {
    onValue({ code: null, name: text.replace(/\s+/g, " ").trim() });
    setText("");
    setOpen(false);
  }
  function onKeyDown(pressed: KeyboardEvent): void {
    if (!rows.length) return;
    if (pressed.key === "ArrowDown") setActive((active + 1) % rows.length);
    else if (pressed.key === "ArrowUp") setActive((active + rows.length - 1) % rows.length);
    else if (pressed.key === "Enter") choose(rows[active] || rows[0]!);
    else if (pressed.key === "Escape") setOpen(false);
    else return;
    pressed.preventDefault();
  }

  let told = "";
  if (asking && failed) told = t("combo.failed");
  else if (asking && found === null) told = t("combo.loading");
  else if (asking && !rows.length) told = props.free ? t("combo.none_free") : t("combo.none");

  return (
    <div class="field">
      <label for={id}>
        <LabelText {...props} />
      </label>
      <div class="unit-box">
        <input
          id={id}
          ref={input}
          class={"input" + (shown ? " has-clear" : "") + (problem ? " is-wrong" : "")}
          type="text"
          role="combobox"
          aria-expanded={rows.length > 0}
          aria-controls={id + "-list"}
          aria-autocomplete="list"
          aria-activedescendant={rows.length ? id + "-" + active : undefined}
          aria-invalid={!!problem}
          aria-describedby={id + "-under"}
          autocomplete="off"
          spellcheck={false}
          maxLength={160}
          value={shown}
          onFocus={() => {
            if (props.onFocus) props.onFocus();
            setOpen(true);
          }}
          onInput={(typed) => {
            setText(typed.currentTarget.value);
            setActive(0);
            setOpen(true);
            if (value) onValue(null);
          }}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onKeyDown={onKeyDown}
        />
        {shown !== "" && (
          <button
            type="button"
            class="clear"
            aria-label={t("combo.clear")}
            onClick={() => {
              onValue(null);
              setText("");
              if (input.current) input.current.focus();
            }}
          >
            ×
          </button>
        )}
      </div>
      <ul id={id + "-list"} role="listbox" aria-label={props.label} class="unit-list" hidden={!rows.length}>
        {rows.map((row, i) => (
          <li
            key={row.code}
            id={id + "-" + i}
            role="option"
            aria-selected={i === active}
            onMouseDown={(pressed) => pressed.preventDefault()}
            onClick={() => choose(row)}
          >
            {row.name}
            {row.aside && <small>{row.aside}</small>}
          </li>
        ))}
      </ul>
      {props.free && !value && text.trim().length > 1 && (
        <button type="button" class="button quiet slim" onClick={takeTyped}>
          {t("combo.take", { name: text.trim() })}
        </button>
      )}
      <p class="hint" role="status">
        {told}
      </p>
      <Under {...props} />
    </div>
  );
}
