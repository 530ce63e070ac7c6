/** The short forms: whose card it is, which skills, a paper seen, heads counted, where this phone stands. */

import { useState } from "preact/hooks";
import type { TargetGroup } from "../core/frames";
import { GroupField } from "../core/groups";
import { lang, number, t } from "../core/i18n";
import { UnitsField } from "../play/units_field";
import type { Unit } from "../play/units";
import { go, type Purpose } from "./app";
import { shown } from "./card";
import { Screen } from "./parts";
import { choosePost, info, lines, names, post, record } from "./store";
import { flush } from "./sync";

const home = () => go({ name: "work" });

function CardLine({ card }: { card: string }) {
  return (
    <p class="card-line">
      <code>{shown(card)}</code>
      {names.value[card] && <b> {names.value[card]}</b>}
    </p>
  );
}

/** Gives a blank card its holder. */
export function Claim({ card }: { card: string; typed: boolean }) {
  const [name, setName] = useState("");
  const [unit, setUnit] = useState<Unit | null>(null);
  const [group, setGroup] = useState<TargetGroup | null>(null);
  const [agreed, setAgreed] = useState(false);
  const [wrong, setWrong] = useState(false);
  const told = info.value!;
  function save(): void {
    if (!name.trim()) {
      setWrong(true);
      return;
    }
    const counted = agreed ? { commune: unit ? unit.code : undefined, group: group || undefined, agreed: true } : {};
    names.value = { ...names.value, [card]: name.trim() };
    record({ do: "claim", card, name: name.trim(), ...counted }).then(flush);
    home();
  }
  return (
    <Screen
      title={t("claim.title")}
      onBack={home}
      foot={
        <button type="button" class="button primary" onClick={save}>
          {t("claim.save")}
        </button>
      }
    >
      <h1>{t("claim.title")}</h1>
      <CardLine card={card} />
      <div class="field">
        <label for="name">{t("claim.name")}</label>
        <input
          id="name"
          class={"input" + (wrong ? " is-wrong" : "")}
          type="text"
          autocomplete="off"
          maxLength={80}
          value={name}
          aria-invalid={wrong}
          aria-describedby="name-under"
          onInput={(typed) => {
            setName(typed.currentTarget.value);
            setWrong(false);
          }}
        />
        <p id="name-under" class={wrong ? "wrong" : "hint"}>
          {t(wrong ? "claim.name_missing" : "claim.name_hint")}
        </p>
      </div>
      <div class={"tick"}>
        <label>
          <input type="checkbox" checked={agreed} onChange={(changed) => setAgreed(changed.currentTarget.checked)} />
          <span>{told.consent[lang.value]}</span>
        </label>
      </div>
      {agreed && (
        <>
          <UnitsField value={unit} onChange={setUnit} />
          <GroupField label={t("claim.group")} aside={t("join.optional")} value={group} onChange={setGroup} />
        </>
      )}
    </Screen>
  );
}

/** Which skills were practised; or that a paper was seen. */
export function Confirm({ card, purpose, typed }: { card: string; purpose: Purpose; typed: boolean }) {
  const told = info.value!;
  const here = post();
  const [skills, setSkills] = useState<string[]>(here && here.skill ? [here.skill] : []);
  const checks = purpose === "check";
  const title = t(checks ? "check.title" : "booth.title");
  function save(): void {
    const how = { card, typed: typed || undefined };
    record(checks ? { do: "check", ...how } : { do: "scan", ...how, skills }).then(flush);
    home();
  }
  const nothing = !checks && !here && !skills.length;
  return (
    <Screen
      title={title}
      onBack={home}
      foot={
        <button type="button" class="button primary" disabled={nothing} onClick={save}>
          {t(checks ? "check.save" : "booth.save")}
        </button>
      }
    >
      <h1>{title}</h1>
      <CardLine card={card} />
      {checks ? (
        <p>{t("check.how")}</p>
      ) : (
        <fieldset class="field">
          <legend>{t("booth.which")}</legend>
          {told.skills.map((skill) => {
            const chosen = skills.indexOf(skill) >= 0;
            return (
              <label key={skill} class={"choice-row" + (chosen ? " is-chosen" : "")}>
                <input
                  type="checkbox"
                  checked={chosen}
                  onChange={() => setSkills(chosen ? skills.filter((one) => one !== skill) : skills.concat([skill]))}
                />
                <span>{t("skill." + skill)}</span>
              </label>
            );
          })}
        </fieldset>
      )}
    </Screen>
  );
}

const STEPS = [1, 5, 10];

/** Heads without names, by target group. */
export function Count() {
  const told = info.value!;
  const groups: (TargetGroup | null)[] = [...told.groups, null];
  const mine = lines.value.filter((line) => line.do === "count" && !line.undone);
  const sum = (group: TargetGroup | null) =>
    mine.filter((line) => (line.group || null) === group).reduce((all, line) => all + (line.heads || 1), 0);
  const last = lines.value[0];
  const here = post();
  return (
    <Screen title={t("count.title")} onBack={home}>
      <h1>{t("count.title")}</h1>
      <p class="soft">{t("count.how", { place: here ? here.title : told.festival.title })}</p>
      {groups.map((group) => (
        <section key={group || "-"} class="heads">
          <h2 id={"heads-" + (group || "none")}>
            {group ? t("group." + group) : t("count.no_group")}
            <span class="heads-sum"> {number(sum(group))}</span>
          </h2>
          <div class="pair three">
            {STEPS.map((step) => (
              <button
                key={step}
                type="button"
                class="button quiet"
                aria-label={t("count.add", { n: step, group: group ? t("group." + group) : t("count.no_group") })}
                onClick={() => record({ do: "count", heads: step, group: group || undefined }).then(flush)}
              >
                +{step}
              </button>
            ))}
          </div>
        </section>
      ))}
      {last && last.do === "count" && !last.undone && Date.now() - last.at < 30_000 && (
        <button type="button" class="button quiet spaced" onClick={() => record({ do: "undo", of: last.nonce }).then(flush)}>
          {t("count.undo", { n: last.heads || 1 })}
        </button>
      )}
      <p class="soft small-gap">{t("count.own")}</p>
    </Screen>
  );
}

/** Where this phone stands. */
export function Posts() {
  const told = info.value!;
  const here = post();
  return (
    <Screen title={t("posts.title")} onBack={here ? home : undefined}>
      <h1>{t("posts.title")}</h1>
      {told.posts.map((one) => (
        <button
          key={one.id}
          type="button"
          class={"button quiet post" + (here && here.id === one.id ? " is-chosen" : "")}
          aria-pressed={!!here && here.id === one.id}
          onClick={() => {
            choosePost(one.id);
            home();
          }}
        >
          {one.title}
          <small>
            {t("posts." + one.kind)}
            {one.place ? " · " + one.place : ""}
          </small>
        </button>
      ))}
    </Screen>
  );
}
