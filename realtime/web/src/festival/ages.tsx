/** The age bands, four to choose from. */

import { t } from "../core/i18n";

export const AGES = ["u16", "16-17", "18-59", "60+"];

export function AgeField({ value, onChange }: { value: string | null; onChange(age: string): void }) {
  return (
    <fieldset class="field">
      <legend>
        {t("register.age")} <span class="optional">{t("register.optional")}</span>
      </legend>
      <div class="fe-choices">
        {AGES.map((age) => (
          <label key={age} class={"fe-choice" + (value === age ? " is-chosen" : "")}>
            <input type="radio" name="age" checked={value === age} onChange={() => onChange(age)} />
            <span>{t("age." + age)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
