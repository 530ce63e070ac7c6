/** The entry form: what the contest's rules ask for, nothing else; consents unticked; a guardian for the young. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { TargetGroup } from "../core/frames";
import { GroupField } from "../core/groups";
import { has, lang, t } from "../core/i18n";
import { loadUnits, units } from "../play/units";
import { ask, Refusal, refusalText } from "./api";
import { Combo, type Find } from "./combo";
import { ageOf, ChoiceField, datedText, TextField, TickField, Under } from "./fields";
import { blank, body, findCommune, findUnit, keepDraft, recallDraft, type Typed } from "./enter_form";
import { keepFreshCode, loadForm, refresh } from "./me";
import { Heading } from "../core/parts";
import { Problem, Screen, Waiting } from "./parts";
import { contestApi, go } from "./place";
import type { EntryForm, FieldProblem, Registered } from "./types";

function problemText(problem: FieldProblem): string {
  const key = "entry." + problem.code;
  return has(key) ? t(key) : problem.text || t("entry.invalid");
}

export function Enter() {
  const [form, setForm] = useState<EntryForm | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    setFailed(null);
    loadForm().then(setForm, setFailed);
  }, [lang.value, asked]);
  return (
    <Screen title={t("enter.heading")} back>
      {form ? (
        <Form form={form} />
      ) : failed ? (
        <>
          <Problem text={refusalText(failed)} />
          <button type="button" class="button quiet" onClick={() => setAsked(asked + 1)}>
            {t("net.again")}
          </button>
        </>
      ) : (
        <Waiting />
      )}
    </Screen>
  );
}

function Form({ form }: { form: EntryForm }) {
  const [typed, setTyped] = useState<Typed>(() => recallDraft() || blank(form));
  const [problems, setProblems] = useState<{ [field: string]: FieldProblem }>({});
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const age = ageOf(typed.values["birth_date"] || "");
  const minor = age !== null && age < form.guardian_under;
  const [, redraw] = useState(0);
  const listed = units.value;
  // A new function when the list arrives makes the field ask again.
  const find = useCallback<Find>((text, done) => findCommune(text, done), [listed]);
  useEffect(() => redraw(1), [listed]);

  function update(next: Typed, field: string): void {
    setTyped(next);
    keepDraft(next);
    if (problems[field]) {
      const left = { ...problems };
      delete left[field];
      setProblems(left);
    }
  }
  const set = (field: string, value: string) =>
    update({ ...typed, values: { ...typed.values, [field]: value } }, field);
  const wrong = (field: string) => (problems[field] ? problemText(problems[field]!) : null);
  const asks = (field: string) => form.fields[field] !== undefined && form.fields[field] !== "hidden";
  const optional = (field: string) => form.fields[field] === "optional";

  function focusFirst(): void {
    setTimeout(() => {
      const first = box.current && box.current.querySelector<HTMLElement>("[aria-invalid='true'], .is-wrong input");
      if (first) first.focus();
    }, 30);
  }

  function submit(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    ask<Registered>(contestApi("/entries"), { body: body(typed, form, minor), timeoutMs: 20_000 })
      .then((made) => {
        keepDraft(null);
        if (made.code) keepFreshCode(made.code);
        return refresh().then(() => go(made.code ? "keep-code" : made.confirm ? "confirm" : "home", "", true));
      })
      .catch((error) => {
        const told = error instanceof Refusal ? error : new Refusal(0, "other", "", {}, 0);
        const next: { [field: string]: FieldProblem } = {};
        for (const problem of told.problems) next[problem.field] = problem;
        setProblems(next);
        setRefusal(told);
        setBusy(false);
        if (told.problems.length) focusFirst();
      });
  }

  const field = (key: string) => ({ id: key, value: typed.values[key] || "", problem: wrong(key), optional: optional(key) });
  const suggestion = problems["phone"] && problems["phone"].suggestion;
  return (
    <form class="entry" ref={box} onSubmit={submit} noValidate>
      <Heading>{t("enter.heading")}</Heading>
      <p class="soft lead">{form.contest.title}</p>
      <TextField
        {...field("full_name")}
        label={t("enter.full_name")}
        hint={t("enter.full_name_hint")}
        autocomplete="name"
        onValue={(value) => set("full_name", value)}
      />
      {asks("birth_date") && (
        <TextField
          {...field("birth_date")}
          label={t("enter.birth_date")}
          hint={t("enter.birth_date_hint")}
          placeholder={t("enter.birth_date_form")}
          autocomplete="bday"
          numeric
          maxLength={10}
          onValue={(value) => set("birth_date", datedText(value))}
        />
      )}
      {asks("phone") && (
        <TextField
          {...field("phone")}
          label={t("enter.phone")}
          hint={t("enter.phone_hint")}
          type="tel"
          autocomplete="tel"
          maxLength={24}
          onValue={(value) => set("phone", value)}
        >
          {suggestion && (
            <button type="button" class="button quiet slim" onClick={() => set("phone", suggestion)}>
              {t("enter.phone_use", { phone: suggestion })}
            </button>
          )}
        </TextField>
      )}
      {asks("commune") && (
        <Combo
          id="commune"
          label={t("enter.commune")}
          hint={t("enter.commune_hint")}
          optional={optional("commune")}
          problem={wrong("commune")}
          value={typed.commune}
          find={find}
          onFocus={loadUnits}
          onValue={(commune) => update({ ...typed, commune }, "commune")}
        />
      )}
      {form.groups.length !== 1 && (
        <>
          <GroupField
            label={t("enter.group")}
            value={(typed.values["target_group"] || null) as TargetGroup | null}
            only={form.groups}
            invalid={!!wrong("target_group")}
            describedBy="target_group-under"
            onChange={(group) => set("target_group", group)}
          />
          <Under id="target_group" label="" problem={wrong("target_group")} />
        </>
      )}
      {asks("unit") && (
        <Combo
          id="unit"
          label={t("enter.unit")}
          hint={form.units ? t("enter.unit_hint") : undefined}
          optional={optional("unit")}
          problem={wrong("unit") || wrong("unit_other")}
          value={typed.unit}
          find={findUnit}
          free={form.unit_other}
          onValue={(unit) => update({ ...typed, unit }, "unit")}
        />
      )}
      {asks("sex") && (
        <ChoiceField
          {...field("sex")}
          label={t("enter.sex")}
          choices={["female", "male", "other"].map((value) => ({ value, text: t("sex." + value) }))}
          onValue={(value) => set("sex", value)}
        />
      )}
      {asks("email") && (
        <TextField {...field("email")} label={t("enter.email")} type="email" autocomplete="email" onValue={(value) => set("email", value)} />
      )}
      {asks("address") && (
        <TextField
          {...field("address")}
          label={t("enter.address")}
          autocomplete="street-address"
          maxLength={300}
          onValue={(value) => set("address", value)}
        />
      )}
      {asks("id_number") && (
        <TextField
          {...field("id_number")}
          label={t("enter.id_number")}
          hint={t("enter.id_number_hint")}
          numeric
          maxLength={14}
          onValue={(value) => set("id_number", value)}
        />
      )}
      {minor && <Guardian typed={typed} wrong={wrong} set={set} onAgree={(guardian) => update({ ...typed, guardian }, "guardian_consent")} />}
      <fieldset class="consents">
        <legend>{t("enter.consents")}</legend>
        {form.consents.map((consent) => (
          <TickField
            key={consent.purpose}
            id={"consent-" + consent.purpose}
            checked={!!typed.consents[consent.purpose]}
            problem={wrong("consents." + consent.purpose)}
            onChange={(checked) =>
              update(
                { ...typed, consents: { ...typed.consents, [consent.purpose]: checked } },
                "consents." + consent.purpose,
              )
            }
          >
            {(lang.value === "en" && consent.text_en) || consent.text_vi}{" "}
            <span class="optional">{t(consent.required ? "enter.required" : "enter.optional")}</span>
          </TickField>
        ))}
      </fieldset>
      <div class="entry-foot">
        {refusal && (
          <Problem text={refusal.problems.length ? t("enter.look_again", { n: refusal.problems.length }) : refusalText(refusal)} />
        )}
        {refusal && (refusal.code === "already_entered" || refusal.code === "phone_used_up") && (
          <button type="button" class="button quiet" onClick={() => go("sign-in")}>
            {t("sign.heading")}
          </button>
        )}
        <button type="submit" class="button primary" aria-disabled={busy}>
          {busy ? t("enter.sending") : t("enter.send")}
        </button>
        <p class="small">{t("enter.data_note")}</p>
      </div>
    </form>
  );
}

interface GuardianProps {
  typed: Typed;
  wrong(field: string): string | null;
  set(field: string, value: string): void;
  onAgree(agreed: boolean): void;
}

function Guardian({ typed, wrong, set, onAgree }: GuardianProps) {
  return (
    <fieldset class="guardian">
      <legend>{t("enter.guardian")}</legend>
      <p class="hint">{t("enter.guardian_why")}</p>
      <TextField
        id="guardian_name"
        label={t("enter.guardian_name")}
        value={typed.values["guardian_name"] || ""}
        problem={wrong("guardian_name")}
        onValue={(value) => set("guardian_name", value)}
      />
      <TextField
        id="guardian_phone"
        label={t("enter.guardian_phone")}
        type="tel"
        maxLength={24}
        value={typed.values["guardian_phone"] || ""}
        problem={wrong("guardian_phone")}
        onValue={(value) => set("guardian_phone", value)}
      />
      <TickField id="guardian-consent" checked={typed.guardian} problem={wrong("guardian_consent")} onChange={onAgree}>
        {t("enter.guardian_consent")} <span class="optional">{t("enter.required")}</span>
      </TickField>
    </fieldset>
  );
}
