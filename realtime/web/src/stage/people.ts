/** What the hall may call somebody, and where they are from. */

import { t } from "../core/i18n";
import { unitByCode } from "../play/units";

/** The name when the host has allowed it, else "Bạn số 12". */
export function shownName(person: { seat: number; name: string | null }): string {
  return person.name || t("stage.person", { seat: String(person.seat) });
}

/** The name of a unit; null while only its code is known, for a code tells the hall nothing. */
export function unitName(unit: string | null): string | null {
  if (!unit) return null;
  const known = unitByCode(unit);
  if (known) return known.name;
  return /^\d+$/.test(unit) ? null : unit;
}
