/** The way in: code, name, commune, target group. What was typed last on this phone is there again. */

import { useEffect, useRef, useState } from "preact/hooks";
import { LangButton } from "../core/bar";
import type { TargetGroup } from "../core/frames";
import { GroupField } from "../core/groups";
import { has, lang, t } from "../core/i18n";
import { keepValue, recallValue } from "../core/storage";
import { helloFor, join, link, notice, resume, stopJoining, storedSeat, where } from "./session";
import { door, lookAtDoor, teamAt, TeamField } from "./teams";
import { loadUnits, type Unit } from "./units";
import { UnitsField } from "./units_field";

interface Form {
  name: string;
  unit: Unit | null;
  group: TargetGroup | null;
}

const MOST_GRAPHEMES = 24;
/** Where to go to mend it. */
const FIELDS: { [fault: string]: string } = {
  "join.code_short": "code",
  "team.needed": "team",
  "team.unit_needed": "unit",
};
/** The six digits of the address /482913, or nothing. */
export function codeInAddress(): string {
  const found = /^\/(\d{6})\/?$/.exec(location.pathname);
  return found ? found[1]! : "";
}

/** Roughly what a reader counts as letters: combining marks do not count. */
function letters(name: string): number {
  return Array.from(name.normalize("NFC").replace(/[\u0300-\u036f]/g, "")).length;
}

function errorText(code: string, message: string): string {
  const key = "error." + code;
  return has(key) ? t(key) : message || t("error.other");
}

function CodeField({ value, onChange, wrong }: { value: string; onChange(code: string): void; wrong: boolean }) {
  const [focused, setFocused] = useState(false);
  const boxes = [0, 1, 2, 3, 4, 5];
  return (
    <div class="field">
      <label for="code">{t("join.code")}</label>
      <div class={"code" + (focused ? " is-focused" : "") + (wrong ? " is-wrong" : "")}>
        <div class="code-boxes" aria-hidden="true">
          {boxes.map((i) => (
            <span key={i} class={"code-box" + (focused && i === Math.min(value.length, 5) ? " is-next" : "")}>
              {value[i] || ""}
            </span>
          ))}
        </div>
        <input
          id="code"
          class="code-input"
          type="tel"
          inputMode="numeric"
          autocomplete="off"
          value={value}
          aria-describedby="code-hint"
          aria-invalid={wrong}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onInput={(typed) => {
            const digits = typed.currentTarget.value.replace(/\D/g, "").slice(0, 6);
            typed.currentTarget.value = digits;
            onChange(digits);
          }}
        />
      </div>
      <p class="hint" id="code-hint">
        {t("join.code_hint")}
      </p>
    </div>
  );
}

export function Join() {
  const kept = useRef(recallValue<Form>("form"));
  const before = kept.current;
  const [code, setCode] = useState(codeInAddress());
  const [name, setName] = useState((before && before.name) || "");
  const [unit, setUnit] = useState<Unit | null>((before && before.unit) || null);
  const [group, setGroup] = useState<TargetGroup | null>((before && before.group) || null);
  const [team, setTeam] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const busy = where.value === "joining";
  const told = notice.value;
  const old = storedSeat();
  const message = problem || (told ? errorText(told.code, told.message) : "");

  useEffect(() => {
    document.title = t("play.title");
  }, [lang.value]);
  useEffect(() => {
    if (unit) loadUnits();
  }, []);
  useEffect(() => lookAtDoor(code), [code, told]);
  useEffect(() => {
    const field = told && document.getElementById(told.code === "code_unknown" ? "code" : "name");
    if (field && told.code !== "ticket_unknown" && told.code !== "round_over") field.focus();
  }, [told]);

  function submit(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    const clean = name.normalize("NFC").replace(/\s+/g, " ").trim();
    const wrong = code.length !== 6 ? "join.code_short" : !clean ? "join.name_empty" : null;
    const asked = door.value;
    const teamless = asked && asked.teams && !teamAt(asked, team) ? "team.needed" : null;
    const unitless = asked && asked.team_source === "units" && !unit ? "team.unit_needed" : null;
    const fault = wrong || (letters(clean) > MOST_GRAPHEMES ? "join.name_long" : null) || teamless || unitless;
    setProblem(fault && t(fault));
    if (fault) {
      const at = document.getElementById(FIELDS[fault] || "name");
      if (at) {
        at.focus();
        // The words about the fault have made the room smaller.
        requestAnimationFrame(() => at.scrollIntoView({ block: "center" }));
      }
      return;
    }
    keepValue("form", { name: clean, unit, group });
    join(helloFor(code, clean, unit && unit.code, group, teamAt(asked, team)));
  }

  return (
    <div class="page">
      <header class="join-head">
        <strong class="brand">{t("core.name")}</strong>
        <LangButton />
      </header>
      <main class="scroll">
        <form class="join" onSubmit={submit} noValidate>
          <h1>{t("join.heading")}</h1>
          {old && !busy && (
            <button type="button" class="button quiet" onClick={() => resume(old)}>
              {t("join.back", { code: old.code, name: old.name })}
            </button>
          )}
          <CodeField
            value={code}
            onChange={(next) => {
              setCode(next);
              setProblem(null);
            }}
            wrong={!!told && told.code === "code_unknown"}
          />
          <div class="field">
            <label for="name">{t("join.name")}</label>
            <input
              id="name"
              class="input"
              type="text"
              autocomplete="name"
              maxLength={80}
              value={name}
              aria-describedby="name-hint"
              onInput={(typed) => {
                setName(typed.currentTarget.value);
                setProblem(null);
              }}
            />
            <p class="hint" id="name-hint">
              {t("join.name_hint")}
            </p>
          </div>
          <TeamField
            value={team}
            onChange={(next) => {
              setTeam(next);
              setProblem(null);
            }}
          />
          <UnitsField value={unit} onChange={setUnit} needed={!!door.value && door.value.team_source === "units"} />
          <GroupField label={t("join.group")} aside={t("join.optional")} value={group} onChange={setGroup} />
          <a class="join-contests" href="/c">
            {t("join.contests")}
          </a>
          <div class="join-foot">
            <p class="problem" role="alert">
              {message}
            </p>
            <button type="submit" class="button primary" aria-disabled={busy}>
              {busy ? t("join.entering") : t("join.enter")}
            </button>
            <p class="hint" role="status">
              {busy && link.value === "waiting" && t("join.waiting")}
            </p>
            {busy && (
              <button type="button" class="button quiet" onClick={stopJoining}>
                {t("join.cancel")}
              </button>
            )}
          </div>
        </form>
      </main>
    </div>
  );
}
