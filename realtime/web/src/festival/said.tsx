/** What somebody says of themselves: a nickname, and what they may add. The same fields for taking a card and correcting. */

import { useEffect, useState } from "preact/hooks";
import { GroupField } from "../core/groups";
import { lang, t } from "../core/i18n";
import type { TargetGroup } from "../core/frames";
import { UnitsField } from "../play/units_field";
import { loadUnits, unitByCode, type Unit } from "../play/units";
import { TickField } from "../contest/fields";
import { AgeField } from "./ages";
import { call } from "./store";
import type { Guest } from "./types";

export interface Said {
  name: string;
  unit: Unit | null;
  village: number | null;
  group: TargetGroup | null;
  age: string | null;
  agreed: boolean;
}

export function saidOf(guest: Guest | null): Said {
  if (!guest) return { name: "", unit: null, village: null, group: null, age: null, agreed: false };
  const unit = guest.commune ? unitByCode(guest.commune) || { code: guest.commune, name: guest.commune } : null;
  return {
    name: guest.name || "",
    unit,
    village: guest.village_id,
    group: guest.target_group as TargetGroup | null,
    age: guest.age_band,
    agreed: !!(guest.commune || guest.target_group || guest.age_band),
  };
}

/** As the server takes it. */
export function bodyOf(said: Said): { [key: string]: unknown } {
  return {
    name: said.name,
    commune: said.unit && said.unit.code,
    village_id: said.unit ? said.village : null,
    target_group: said.group,
    age_band: said.age,
    statistics: said.agreed,
    lang: lang.value,
  };
}

export const beyondName = (said: Said): boolean => !!(said.unit || said.group || said.age);

interface Village {
  id: number;
  name: string;
}

function VillageField({ commune, value, onChange }: { commune: string; value: number | null; onChange(id: number | null): void }) {
  const [list, setList] = useState<Village[]>([]);
  useEffect(() => {
    setList([]);
    call<{ villages: Village[] }>("/villages?commune=" + commune).then((found) => setList(found.villages), () => undefined);
  }, [commune]);
  if (!list.length) return null;
  return (
    <div class="field">
      <label for="village">
        {t("register.village")} <span class="optional">{t("register.optional")}</span>
      </label>
      <select
        id="village"
        class="input"
        value={value === null ? "" : String(value)}
        onChange={(changed) => onChange(changed.currentTarget.value ? Number(changed.currentTarget.value) : null)}
      >
        <option value="">{t("register.village_none")}</option>
        {list.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </div>
  );
}

export interface SaidFieldsProps {
  value: Said;
  onChange(said: Said): void;
  /** Whether the box must be ticked before what was said can be kept. */
  unticked: boolean;
}

export function SaidFields({ value, onChange, unticked }: SaidFieldsProps) {
  useEffect(() => {
    if (value.unit) loadUnits();
  }, []);
  return (
    <>
      <div class="field">
        <label for="name">{t("register.name")}</label>
        <input
          id="name"
          class="input"
          type="text"
          autocomplete="nickname"
          maxLength={80}
          value={value.name}
          aria-describedby="name-hint"
          onInput={(typed) => onChange({ ...value, name: typed.currentTarget.value })}
        />
        <p class="hint" id="name-hint">
          {t("register.name_hint")}
        </p>
      </div>
      <GroupField label={t("register.group")} aside={t("register.optional")} value={value.group} onChange={(group) => onChange({ ...value, group })} />
      <AgeField value={value.age} onChange={(age) => onChange({ ...value, age })} />
      <UnitsField value={value.unit} onChange={(unit) => onChange({ ...value, unit, village: null })} />
      {value.unit && (
        <VillageField commune={value.unit.code} value={value.village} onChange={(village) => onChange({ ...value, village })} />
      )}
      {beyondName(value) && (
        <TickField
          id="agreed"
          checked={value.agreed}
          problem={unticked ? t("error.consent_needed") : null}
          onChange={(agreed) => onChange({ ...value, agreed })}
        >
          {t("consent.statistics")}
        </TickField>
      )}
    </>
  );
}
