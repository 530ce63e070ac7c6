/** A unit signs a pledge on a staff phone, by its representative. Sent again with the same id until it is receipted. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { ask, Refusal, refusalText } from "../contest/api";
import { t } from "../core/i18n";
import { Queue, type Outcome } from "../core/queue";
import { randomId } from "../play/device";

export interface Open {
  id: number;
  title: string;
  texts: string[];
  units: number;
}

interface Signature {
  item: number;
  text: number;
  unit_name: string;
  representative: string;
  office: string;
}

export const open = signal<Open[]>([]);
/** The token is no staff phone's. */
export const stranger = signal(false);

let base = "";
let token = "";
let queue: Queue<Signature> | null = null;
const signed = signal(0);

function look(): void {
  ask<{ items: Open[] }>(base + "/unit-pledges", { ticket: token }).then(
    (told) => {
      open.value = told.items;
    },
    (error) => {
      stranger.value = error instanceof Refusal && error.status === 401;
    },
  );
}

/** Begins to ask what may be signed; call once. */
export function startUnits(slug: string, secret: string): void {
  base = "/api/festivals/" + slug;
  token = secret;
  queue = new Queue<Signature>("acts.units." + slug, (thing) => {
    const { item, ...body } = thing.value;
    return ask(base + "/acts/" + item + "/unit-pledge", { ticket: token, body: { ...body, id: thing.id } }).then(
      (): Outcome => {
        signed.value++;
        look();
        return "kept";
      },
      (error): Outcome => (error instanceof Refusal && error.passing ? "later" : { refused: refusalText(error) }),
    );
  });
  queue.now();
  look();
  setInterval(() => {
    if (!document.hidden) look();
  }, 10_000);
}

export function UnitForm({ item }: { item: Open }) {
  const [text, setText] = useState(0);
  const [unit, setUnit] = useState("");
  const [person, setPerson] = useState("");
  const [office, setOffice] = useState("");
  const waiting = queue ? queue.items.value : [];
  const bad = waiting.filter((thing) => thing.refused)[0];
  const ready = unit.trim() && person.trim();
  return (
    <form
      class="units"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready || !queue) return;
        queue.add(randomId(), { item: item.id, text, unit_name: unit, representative: person, office });
        setUnit("");
        setPerson("");
        setOffice("");
      }}
    >
      <h1>{item.title}</h1>
      <p class="small">{t("launch.units_so_far", { units: item.units })}</p>
      {item.texts.length === 1 ? (
        <blockquote class="act-text-block">{item.texts[0]}</blockquote>
      ) : (
        <fieldset class="act-texts">
          <legend>{t("launch.unit_text")}</legend>
          {item.texts.map((words, index) => (
            <label key={index} class={"act-choice" + (index === text ? " is-chosen" : "")}>
              <input type="radio" name="text" checked={index === text} onChange={() => setText(index)} />
              <span>{words}</span>
            </label>
          ))}
        </fieldset>
      )}
      <Field id="unit" label={t("launch.unit_name")} limit={160} value={unit} onChange={setUnit} />
      <Field id="person" label={t("launch.unit_person")} limit={120} value={person} onChange={setPerson} />
      <Field id="office" label={t("launch.unit_office")} limit={120} value={office} onChange={setOffice} />
      {bad && (
        <p class="problem" role="alert">
          {bad.value.unit_name}: {bad.refused}{" "}
          <button type="button" class="act-text" onClick={() => queue!.drop(bad.id)}>
            {t("launch.understood")}
          </button>
        </p>
      )}
      <p class={"act-fate" + (!waiting.length && signed.value ? " is-saved" : "")} role="status">
        {waiting.length > (bad ? 1 : 0) ? t("launch.unit_sending") : signed.value ? t("launch.unit_kept") : ""}
      </p>
      <button type="submit" class="button primary" disabled={!ready}>
        {t("launch.unit_sign")}
      </button>
    </form>
  );
}

interface FieldProps {
  id: string;
  label: string;
  limit: number;
  value: string;
  onChange(value: string): void;
}

function Field({ id, label, limit, value, onChange }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        maxLength={limit}
        autocomplete="off"
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
