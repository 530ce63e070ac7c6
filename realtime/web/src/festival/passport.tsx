/** The five skills: which were practised with a helper, which the short quiz has confirmed. */

import { t } from "../core/i18n";
import { LETTERS, Shape } from "../core/options";
import { Heading } from "../core/parts";
import { Problem, Screen } from "./parts";
import { go } from "./place";
import { screens } from "./screens";
import "./skills";
import { me } from "./store";
import { timeText } from "./times";

export const SKILLS = [
  "online_public_services",
  "online_shopping",
  "online_payment",
  "cyber_self_protection",
  "digital_platforms",
];

interface Mark {
  skill: string;
  practised_at: number | null;
  where: string | null;
  passed_at: number | null;
}

function Stamp({ done, word }: { done: boolean; word: string }) {
  return (
    <span class={"fe-stamp" + (done ? " is-done" : "")}>
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        {done ? (
          <path d="M4 13l5 5L20 6" fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round" />
        ) : (
          <circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 3" />
        )}
      </svg>
      {word}
    </span>
  );
}

/** The five stamps at a glance: letter, shape and colour; an empty one is an outline. */
function Stamps({ done }: { done: string[] }) {
  return (
    <ol class="sk-stamps">
      {SKILLS.map((skill, index) => {
        const there = done.indexOf(skill) >= 0;
        return (
          <li key={skill} class={"sk-seal option-" + LETTERS[index]!.toLowerCase() + (there ? " is-done" : "")}>
            <Shape index={index} />
            <b aria-hidden="true">{LETTERS[index]}</b>
            <span class="only-read">
              {t("skill." + skill)}: {t(there ? "stamps.done" : "stamps.open")}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** A kind word for how far it has come; with all five a quiet celebration. */
function Kind({ done }: { done: number }) {
  if (done < SKILLS.length) {
    return <p class="soft">{done ? t("stamps.some_words", { n: SKILLS.length - done }) : t("stamps.none_words")}</p>;
  }
  return (
    <div class="sk-all" role="status">
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d="M12 2l3 6.5 7 .8-5.2 4.8 1.4 7L12 17.6 5.8 21l1.4-7L2 9.3l7-.8z" fill="#f2b705" stroke="#8a5a00" stroke-width="1" />
      </svg>
      <div>
        <b>{t("stamps.all")}</b>
        <span>{t("stamps.all_words")}</span>
      </div>
    </div>
  );
}

export function Passport() {
  const told = me.value;
  const marks = ((told && told["skills"]) || []) as Mark[];
  const mine = !!(told && told.guest);
  const done = SKILLS.filter((skill) => marks.some((mark) => mark.skill === skill && (mark.practised_at || mark.passed_at)));
  return (
    <Screen title={t("festival.tab_passport")}>
      <Heading class="fe-title">{t("passport.heading")}</Heading>
      <p class="soft fe-lead">{t(mine ? "passport.lead" : "passport.no_card")}</p>
      {mine && told && (
        <p class="fe-count">
          <b>{done.length}/5</b> {t("passport.count")}
          {told["checked_in"] ? <span class="fe-in">{t("passport.checked_in")}</span> : null}
        </p>
      )}
      {mine && told && (
        <>
          <Stamps done={done} />
          <Kind done={done.length} />
        </>
      )}
      {!mine && (
        <button type="button" class="button primary" onClick={() => go("card")}>
          {t("festival.take_card")}
        </button>
      )}
      <ul class="fe-skills">
        {SKILLS.map((skill, index) => {
          const mark = marks.filter((one) => one.skill === skill)[0];
          return (
            <li key={skill}>
              <b class={"sk-name option-" + LETTERS[index]!.toLowerCase()}>
                <Shape index={index} /> {LETTERS[index]}. {t("skill." + skill)}
              </b>
              <div class="fe-stamps">
                <Stamp
                  done={!!(mark && mark.practised_at)}
                  word={
                    mark && mark.practised_at
                      ? t("passport.practised_at", { time: timeText(mark.practised_at), place: mark.where || "" })
                      : t("passport.practise")
                  }
                />
                <Stamp done={!!(mark && mark.passed_at)} word={t(mark && mark.passed_at ? "passport.passed" : "passport.quiz_open")} />
              </div>
              {mine && screens["quiz"] && !(mark && mark.passed_at) && (
                <button type="button" class="button quiet fe-slim" onClick={() => go("quiz", skill)}>
                  {t("passport.quiz")}
                  <span class="only-read"> {t("skill." + skill)}</span>
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {!told && <Problem text={t("festival.loading")} />}
    </Screen>
  );
}
