/** Teams on the phone: choosing one at the door or in the lobby, and how one's own is doing. Nothing in other modes. */

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { State } from "../core/frames";
import { number, t } from "../core/i18n";
import { chooseTeam, you } from "./session";

/** What is asked at the door of a round, as /api/codes/CODE says it. */
interface Door {
  code: string;
  team_source: "units" | "list" | "drawn" | null;
  teams: { key: string; name: string }[] | null;
}

/** The door of the code typed; null: not known. A phone gets in without it: teams may be chosen later. */
export const door = signal<Door | null>(null);

/** Asks what is asked at the door, once the code is whole. */
export function lookAtDoor(code: string): void {
  const known = door.value;
  if (known && known.code === code) return;
  door.value = null;
  if (code.length !== 6) return;
  fetch("/api/codes/" + code)
    .then((response) => (response.ok ? response.json() : null))
    .then((found) => {
      if (found && !door.value) door.value = { ...found, code };
    })
    .catch(() => undefined);
}

/** The key, when the door has such a team. */
export function teamAt(at: Door | null, key: string): string | null {
  return at && at.teams && at.teams.some((team) => team.key === key) ? key : null;
}

export function TeamField({ value, onChange }: { value: string; onChange(key: string): void }) {
  const asked = door.value;
  if (!asked || !asked.teams) return null;
  return (
    <div class="field">
      <label for="team">{t("team.field")}</label>
      <select id="team" class="input" value={value} onChange={(changed) => onChange(changed.currentTarget.value)}>
        <option value="">{t("team.choose")}</option>
        {asked.teams.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** For a seat without a team, in a round whose host has listed some. */
export function TeamPicker({ picture }: { picture: State }) {
  const [value, setValue] = useState("");
  const mine = you.value;
  const wanted = picture.mode === "teams" && !!mine && !mine.team;
  useEffect(() => {
    if (wanted) lookAtDoor(picture.code);
  }, [wanted, picture.round]);
  const asked = door.value;
  if (!wanted || !asked || !asked.teams) return null;
  return (
    <div class="team-picker">
      <TeamField value={value} onChange={setValue} />
      <button type="button" class="button primary" disabled={!value} onClick={() => chooseTeam(value)}>
        {t("team.take")}
      </button>
    </div>
  );
}

export function teamName(team: { key: string; name: string | null }): string {
  return team.name || t("team.number", { n: Number(team.key) });
}

/** One's own team in a few lines; nothing where there are no teams. */
export function TeamLines() {
  const team = you.value && you.value.team;
  if (!team) return null;
  const { rank, of, size } = team;
  let place = "";
  if (rank) place = t("team.rank", { rank, of: of || rank });
  else if (size) place = t("team.small");
  return (
    <p class="team-lines">
      <b>{teamName(team)}</b>
      {size !== undefined && (
        <>
          <span>{place}</span>
          <span>{t("team.mean", { mean: number(team.mean || 0, 2) })}</span>
        </>
      )}
    </p>
  );
}

/** The place over all rounds of the hall, while the stage shows it. */
export function OverallStrip({ picture }: { picture: State }) {
  const mine = you.value && you.value.overall;
  if (!picture.overall || !mine) return null;
  return (
    <p class="overall-strip" role="status">
      <span>{t("overall.heading")}</span>
      <b>{t("rank.of", { rank: mine.rank, of: mine.of })}</b>
      <span>{t("room.points", { points: mine.points })}</span>
    </p>
  );
}
