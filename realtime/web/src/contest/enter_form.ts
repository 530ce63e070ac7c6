/** What is typed into the entry form: kept for this tab, found in lists, made into what is sent. Draws nothing. */

import { lang, t } from "../core/i18n";
import { findUnits, units } from "../play/units";
import { ask } from "./api";
import type { Find } from "./combo";
import { me } from "./me";
import { contestApi, slug } from "./place";
import type { Consents, EntryForm, UnitRef, Values } from "./types";

export interface Typed {
  values: Values;
  commune: UnitRef | null;
  unit: UnitRef | null;
  consents: Consents;
  guardian: boolean;
}

const DRAFT = "hoithi.enter." + slug;

// What was typed survives a reload of this tab, and does not stay on a borrowed phone.
export function recallDraft(): Typed | null {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFT) || "null") as Typed | null;
  } catch (_) {
    return null;
  }
}
export function keepDraft(typed: Typed | null): void {
  try {
    if (typed) sessionStorage.setItem(DRAFT, JSON.stringify(typed));
    else sessionStorage.removeItem(DRAFT);
  } catch (_) {
    // No session storage: the form lives as long as the page.
  }
}

/** The empty form; with what a roster or an identity provider knows already. */
export function blank(form: EntryForm): Typed {
  const entry = me.value && me.value.value.entry;
  const known = (entry && entry.values) || {};
  return {
    values: { ...form.values, ...known },
    commune: entry ? entry.commune : null,
    unit: entry ? entry.unit : null,
    consents: {},
    guardian: false,
  };
}

/** Communes and wards, from the list this phone has. */
export const findCommune: Find = (text, done) => {
  const list = units.value;
  if (list === null) return done(null);
  done(
    findUnits(text, 6).map(({ unit, was }) => ({
      code: unit.code,
      name: unit.name,
      aside: was && t("enter.commune_was", { old: was }),
    })),
    !list.length,
  );
};

let unitTimer = 0;
/** Units of the contest's own list, asked of the server. */
export const findUnit: Find = (text, done) => {
  clearTimeout(unitTimer);
  done(null);
  unitTimer = window.setTimeout(() => {
    ask<{ units: { code: string; name: string; was: string | null }[] }>(
      contestApi("/units?q=" + encodeURIComponent(text)),
    ).then(
      (found) => done(found.units.map(({ code, name, was }) => ({ code, name, aside: was }))),
      () => done([], true),
    );
  }, 250);
};

/** What is sent: typed values that the form really asks for. */
export function body(typed: Typed, form: EntryForm, minor: boolean): object {
  const values: Values = {};
  for (const key of ["full_name", "phone", "birth_date", "sex", "email", "address", "id_number"]) {
    if (key !== "full_name" && form.fields[key] === "hidden") continue;
    values[key] = (typed.values[key] || "").normalize("NFC").replace(/\s+/g, " ").trim() || null;
  }
  values["target_group"] = typed.values["target_group"] || (form.groups.length === 1 ? form.groups[0]! : null);
  if (form.fields["commune"] !== "hidden") values["commune"] = typed.commune && typed.commune.code;
  if (form.fields["unit"] !== "hidden" && typed.unit) {
    if (typed.unit.code) values["unit"] = typed.unit.code;
    else values["unit_other"] = typed.unit.name;
  }
  if (minor) {
    values["guardian_name"] = (typed.values["guardian_name"] || "").trim() || null;
    values["guardian_phone"] = (typed.values["guardian_phone"] || "").trim() || null;
  }
  const consents: Consents = {};
  for (const { purpose } of form.consents) consents[purpose] = !!typed.consents[purpose];
  return { values, consents, guardian_consent: minor && typed.guardian, lang: lang.value };
}

