/** The search field for the commune or ward. Knows how to find one, not what it is for. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { findUnits, loadUnits, unitByCode, units, type Match, type Unit } from "./units";

const MOST = 6;

export interface UnitsFieldProps {
  /** The chosen code, with its name as kept on this phone in case the list does not come. */
  value: Unit | null;
  onChange(unit: Unit | null): void;
  /** People play for their communes: it may not be left out. */
  needed?: boolean;
}

export function UnitsField({ value, onChange, needed }: UnitsFieldProps) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const list = units.value;
  const shown = value ? (unitByCode(value.code) || value).name : text;
  const matches: Match[] = open && !value && list ? findUnits(text, MOST) : [];
  const asking = open && !value && text.trim() !== "";

  useEffect(() => {
    if (asking && input.current && input.current.scrollIntoView && window.innerHeight < 700) {
      // The keyboard covers half of a small phone: bring the field to the top so that the list is seen.
      input.current.scrollIntoView(true);
    }
  }, [asking]);

  function choose(unit: Unit): void {
    onChange({ code: unit.code, name: unit.name });
    setText("");
    setOpen(false);
  }

  function onKeyDown(pressed: KeyboardEvent): void {
    if (!matches.length) return;
    if (pressed.key === "ArrowDown") setActive((active + 1) % matches.length);
    else if (pressed.key === "ArrowUp") setActive((active + matches.length - 1) % matches.length);
    else if (pressed.key === "Enter") choose((matches[active] || matches[0]!).unit);
    else if (pressed.key === "Escape") setOpen(false);
    else return;
    pressed.preventDefault();
  }

  return (
    <div class="field">
      <label for="unit">
        {t("join.unit")} {!needed && <span class="optional">{t("join.optional")}</span>}
      </label>
      <div class="unit-box">
        <input
          id="unit"
          ref={input}
          class={"input" + (shown !== "" ? " has-clear" : "")}
          type="text"
          role="combobox"
          aria-expanded={matches.length > 0}
          aria-controls="unit-list"
          aria-autocomplete="list"
          aria-activedescendant={matches.length ? "unit-" + active : undefined}
          autocomplete="off"
          autocorrect="off"
          spellcheck={false}
          placeholder={t("join.unit_hint")}
          value={shown}
          onFocus={() => {
            loadUnits();
            setOpen(true);
          }}
          onInput={(typed) => {
            const next = typed.currentTarget.value;
            // The first keystroke into a chosen unit starts over with what was added.
            setText(next);
            setActive(0);
            setOpen(true);
            if (value) onChange(null);
          }}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onKeyDown={onKeyDown}
        />
        {shown !== "" && (
          <button
            type="button"
            class="clear"
            aria-label={t("join.unit_clear")}
            onClick={() => {
              onChange(null);
              setText("");
              if (input.current) input.current.focus();
            }}
          >
            ×
          </button>
        )}
      </div>
      <ul id="unit-list" role="listbox" aria-label={t("join.unit")} class="unit-list" hidden={!matches.length}>
        {matches.map((match, i) => (
          <li
            key={match.unit.code}
            id={"unit-" + i}
            role="option"
            aria-selected={i === active}
            onMouseDown={(pressed) => pressed.preventDefault()}
            onClick={() => choose(match.unit)}
          >
            {match.unit.name}
            {match.was && <small>{t("join.unit_was", { old: match.was })}</small>}
          </li>
        ))}
      </ul>
      <p class="hint" role="status">
        {asking && list === null && t("join.unit_loading")}
        {asking && list !== null && !list.length && t("join.unit_failed")}
        {asking && list !== null && list.length > 0 && !matches.length && t("join.unit_none")}
        {asking && matches.length > 0 && <span class="only-read">{t("join.unit_found", { n: matches.length })}</span>}
      </p>
    </div>
  );
}
