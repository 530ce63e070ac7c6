/** Three steps to a session: where and how, which skills, how many people. */

import { useState } from "preact/hooks";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { SkillPicture, SKILLS, type SkillId } from "../core/skills";
import { readPicture } from "../gate/camera";
import { parseCard, shown as shownCard } from "../gate/card";
import { dayOf, Screen } from "./parts";
import { go } from "./place";
import { change, draft, me, present, save } from "./store";
import { GROUPS, KINDS } from "./types";

const MOST = 5000;
const OLDEST_DAYS = 59;
const OTHER = "other";

const KIND_DRAWN = {
  // A house with a hand at its door, two people, a board before a class.
  visit: "M5 23L24 7l19 16M10 20v21h28V20M19 41V29h10v12",
  guidance: "M16 20a6 6 0 1 0-.1 0M32 20a6 6 0 1 0-.1 0M6 41c0-16 20-16 20 0M24 30c8-6 18-1 18 11",
  training: "M4 8h40v24H4zM14 41l6-9M34 41l-6-9M12 16h16M12 23h10",
};

export function Where() {
  const now = draft.value;
  const villages = me.value!.villages;
  const own = villages.filter((village) => village.own);
  const rest = villages.filter((village) => !village.own);
  return (
    <Screen title={t("team.where")} back step={1} foot={<Next ready={now.kind !== null} why={t("team.need_kind")} to="skills" />}>
      <Heading>{t("team.where")}</Heading>
      <fieldset class="field">
        <legend>{t("team.kind")}</legend>
        <div class="kinds">
          {KINDS.map((kind) => (
            <label key={kind} class={"kind" + (now.kind === kind ? " is-chosen" : "")}>
              <input type="radio" name="kind" checked={now.kind === kind} onChange={() => change({ kind })} />
              <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
                <path d={KIND_DRAWN[kind]} fill="none" stroke="currentColor" stroke-width="3" stroke-linejoin="round" stroke-linecap="round" />
              </svg>
              <span>{t("kind." + kind)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {villages.length > 0 && (
        <div class="field">
          <label for="village">{t("team.village")}</label>
          <select
            id="village"
            class="input"
            value={now.village === null ? "" : String(now.village)}
            onChange={(event) => change({ village: Number(event.currentTarget.value) || null })}
          >
            <option value="">{t("team.no_village")}</option>
            {own.length > 0 && (
              <optgroup label={t("team.own_villages")}>
                {own.map((village) => (
                  <option key={village.id} value={village.id}>
                    {village.name}
                  </option>
                ))}
              </optgroup>
            )}
            {rest.length > 0 && (
              <optgroup label={t("team.other_villages")}>
                {rest.map((village) => (
                  <option key={village.id} value={village.id}>
                    {village.name}
                  </option>
                ))}
              </optgroup>
            )}
          </select>
        </div>
      )}
      <div class="field">
        <label for="place">
          {t("team.place")} <span class="optional">{t("team.optional")}</span>
        </label>
        <input
          id="place"
          class="input"
          maxLength={160}
          autocomplete="off"
          value={now.place}
          onInput={(event) => change({ place: event.currentTarget.value })}
        />
      </div>
      <DayField />
    </Screen>
  );
}

function DayField() {
  const now = draft.value;
  const yesterday = dayOf(1);
  const choice = now.day === "" ? "" : now.day === yesterday ? yesterday : OTHER;
  const [other, setOther] = useState(choice === OTHER);
  return (
    <fieldset class="field">
      <legend>{t("team.day")}</legend>
      <div class="days">
        {["", yesterday, OTHER].map((day) => {
          const chosen = other ? day === OTHER : day === choice;
          return (
            <button
              key={day}
              type="button"
              class={"button quiet slim day" + (chosen ? " is-chosen" : "")}
              aria-pressed={chosen}
              onClick={() => {
                setOther(day === OTHER);
                change({ day: day === OTHER ? dayOf(2) : day });
              }}
            >
              {t(day === "" ? "team.today" : day === OTHER ? "team.other_day" : "team.yesterday")}
            </button>
          );
        })}
      </div>
      {other && (
        <input
          type="date"
          class="input"
          aria-label={t("team.day")}
          value={now.day}
          min={dayOf(OLDEST_DAYS)}
          max={dayOf(0)}
          onChange={(event) => change({ day: event.currentTarget.value })}
        />
      )}
    </fieldset>
  );
}

export function Skills() {
  const now = draft.value;
  function toggle(skill: SkillId): void {
    const has = now.skills.indexOf(skill) >= 0;
    change({ skills: has ? now.skills.filter((one) => one !== skill) : [...now.skills, skill] });
  }
  return (
    <Screen title={t("team.skills")} back step={2} foot={<Next ready={now.skills.length > 0} why={t("team.need_skill")} to="people" />}>
      <Heading>{t("team.skills")}</Heading>
      <p class="soft">{t("team.skills_hint")}</p>
      <div class="skills">
        {SKILLS.map((skill) => (
          <label key={skill} class={"skill" + (now.skills.indexOf(skill) >= 0 ? " is-chosen" : "")}>
            <input type="checkbox" checked={now.skills.indexOf(skill) >= 0} onChange={() => toggle(skill)} />
            <SkillPicture skill={skill} />
            <span>{t("skill." + skill)}</span>
          </label>
        ))}
      </div>
    </Screen>
  );
}

export function People() {
  const now = draft.value;
  const many = present(now);
  const ready = many > 0 && many <= MOST;
  function done(): void {
    if (!ready) return;
    go("saved", save(), true);
  }
  return (
    <Screen
      title={t("team.how_many")}
      back
      step={3}
      foot={
        <>
          {!ready && <p class="small">{t(many ? "team.too_many" : "team.need_people")}</p>}
          <button type="button" class="button primary" aria-disabled={!ready} onClick={done}>
            {many ? t("team.save", { n: many }) : t("team.save_none")}
          </button>
        </>
      }
    >
      <Heading>{t("team.how_many")}</Heading>
      {GROUPS.map((group) => (
        <Counter key={group} group={group} />
      ))}
      <Cards />
      <div class="field">
        <label for="note">
          {t("team.note")} <span class="optional">{t("team.optional")}</span>
        </label>
        <textarea id="note" class="input" rows={2} maxLength={400} value={now.note} aria-describedby="note-hint" onInput={(event) => change({ note: event.currentTarget.value })} />
        <p class="hint" id="note-hint">
          {t("team.note_hint")}
        </p>
      </div>
    </Screen>
  );
}

function Counter({ group }: { group: string }) {
  const now = draft.value;
  const many = now.heads[group] || 0;
  const name = t(group === "-" ? "group.unknown" : "group." + group);
  function set(next: number): void {
    const heads = { ...now.heads };
    if (next > 0) heads[group] = Math.min(next, MOST);
    else delete heads[group];
    change({ heads });
  }
  return (
    <div class="counter" role="group" aria-label={name}>
      <span class="counter-name" aria-hidden="true">
        {name}
      </span>
      <button type="button" class="step" aria-label={t("team.less", { group: name })} disabled={!many} onClick={() => set(many - 1)}>
        −
      </button>
      <input
        class="count"
        type="text"
        inputMode="numeric"
        aria-label={name}
        value={String(many)}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => set(Number(event.currentTarget.value.replace(/\D/g, "").slice(0, 4)) || 0)}
      />
      <button type="button" class="step" aria-label={t("team.more", { group: name })} onClick={() => set(many + 1)}>
        +
      </button>
    </div>
  );
}

function Cards() {
  const now = draft.value;
  const [open, setOpen] = useState(now.cards.length > 0);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState("");
  function add(text: string): void {
    const code = parseCard(text);
    if (!code) return setProblem(t("team.card_wrong"));
    if (now.cards.indexOf(code) >= 0) return setProblem(t("team.card_again"));
    if (now.cards.length >= 200) return setProblem(t("team.card_many"));
    change({ cards: [...now.cards, code] });
    setTyped("");
    setProblem("");
  }
  if (!open) {
    return (
      <button type="button" class="button link slim cards-open" onClick={() => setOpen(true)}>
        {t("team.cards")}
      </button>
    );
  }
  return (
    <fieldset class="field cards">
      <legend>{t("team.cards")}</legend>
      <p class="hint">{t("team.cards_hint")}</p>
      <div class="card-row">
        <input
          class="input"
          aria-label={t("team.card")}
          placeholder="ABCDE-12345"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          maxLength={40}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && add(typed)}
        />
        <button type="button" class="button quiet slim" onClick={() => add(typed)}>
          {t("team.card_add")}
        </button>
      </div>
      <label class="button quiet photo">
        {t("team.card_photo")}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          onChange={(event) => {
            const field = event.currentTarget;
            const file = field.files && field.files[0];
            if (!file) return;
            setProblem("");
            readPicture(file).then(
              (text) => {
                field.value = "";
                if (text) add(text);
                else setProblem(t("team.photo_wrong"));
              },
              () => setProblem(t("team.photo_offline")),
            );
          }}
        />
      </label>
      <p class="problem" role="alert">
        {problem}
      </p>
      <ul class="card-list">
        {now.cards.map((code) => (
          <li key={code}>
            <code>{shownCard(code)}</code>
            <button type="button" class="button link slim" onClick={() => change({ cards: now.cards.filter((one) => one !== code) })}>
              {t("team.card_remove")}
            </button>
          </li>
        ))}
      </ul>
      {now.cards.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={now.confirms} onChange={(event) => change({ confirms: event.currentTarget.checked })} />
          <span>{t("team.confirms")}</span>
        </label>
      )}
    </fieldset>
  );
}

function Next({ ready, why, to }: { ready: boolean; why: string; to: "skills" | "people" }) {
  return (
    <>
      {!ready && <p class="small">{why}</p>}
      <button type="button" class="button primary" aria-disabled={!ready} onClick={() => ready && go(to)}>
        {t("team.next")}
      </button>
    </>
  );
}
