/** The four target groups as pictures with words. */

import type { TargetGroup } from "./frames";
import { t } from "./i18n";

const GROUPS: { id: TargetGroup; draw: string }[] = [
  // A mortar board, a house, a paper with its seal, a hard hat.
  { id: "pupil_student", draw: "M2 17L24 8l22 9-22 9zM11 22v10c4 5 22 5 26 0V22M42 19v13" },
  { id: "citizen", draw: "M5 23L24 7l19 16M10 20v21h28V20M19 41V29h10v12" },
  { id: "official", draw: "M10 5h20l8 8v30H10zM30 5v8h8M16 19h16M16 26h16M18 36a4 4 0 1 0 8 0 4 4 0 1 0-8 0z" },
  { id: "enterprise_worker", draw: "M4 36h40M8 36V30a16 16 0 0 1 32 0v6M19 15V9h10v6M19 15v9M29 15v9" },
];

export interface GroupFieldProps {
  label: string;
  /** A word after the label, such as "(not required)". */
  aside?: string;
  value: TargetGroup | null;
  /** The groups to choose from; left out: all. */
  only?: string[];
  invalid?: boolean;
  describedBy?: string;
  onChange(group: TargetGroup): void;
}

export function GroupField({ label, aside, value, only, invalid, describedBy, onChange }: GroupFieldProps) {
  return (
    <fieldset class="field groups" aria-describedby={describedBy}>
      <legend>
        {label} {aside && <span class="optional">{aside}</span>}
      </legend>
      <div class={"group-grid" + (invalid ? " is-wrong" : "")}>
        {GROUPS.filter(({ id }) => !only || !only.length || only.indexOf(id) >= 0).map(({ id, draw }) => (
          <label key={id} class={"group" + (value === id ? " is-chosen" : "")}>
            <input type="radio" name="group" value={id} checked={value === id} onChange={() => onChange(id)} />
            <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
              <path d={draw} fill="none" stroke="currentColor" stroke-width="3" stroke-linejoin="round" stroke-linecap="round" />
            </svg>
            <span>{t("group." + id)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
