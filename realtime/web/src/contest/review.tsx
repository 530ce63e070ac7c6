/** The paper with the right answers: only once the round's key is published. */

import { useEffect, useState } from "preact/hooks";
import { lang, number, t } from "../core/i18n";
import { Cross, LETTERS, OptionPlate, Tick, type OptionState } from "../core/options";
import { Heading } from "../core/parts";
import { choiceText, optionText } from "./answers";
import { refusalText } from "./api";
import { reviewOf } from "./attempts_api";
import { contest } from "./me";
import { Problem, Screen, Waiting } from "./parts";
import type { Review, ReviewQuestion } from "./types";

export function ReviewScreen({ id }: { id: string }) {
  const [review, setReview] = useState<Review | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const now = contest();
  useEffect(() => {
    reviewOf(id).then(setReview, setRefusal);
  }, [id, lang.value]);
  return (
    <Screen title={t("review.heading")} back>
      <Heading>{t("review.heading")}</Heading>
      {review ? (
        <>
          {review.result.score !== null && (
            <p class="lead soft">
              {t("home.score", { score: review.result.score, of: now ? now.full_marks : review.result.of })}
            </p>
          )}
          {review.questions ? review.questions.map((q) => <One key={q.n} q={q} />) : <p>{t("result.review_later")}</p>}
        </>
      ) : refusal ? (
        <Problem text={refusalText(refusal)} />
      ) : (
        <Waiting />
      )}
    </Screen>
  );
}

function One({ q }: { q: ReviewQuestion }) {
  const none = q.choice === null;
  return (
    <section class="reviewed">
      <h2 class={q.ok ? "is-good" : "is-bad"}>
        {q.ok ? <Tick /> : <Cross />}
        {t("map.question", { n: number(q.n) })}: {t(q.ok ? "core.right" : none ? "review.none" : "core.wrong")}
      </h2>
      <p class="reviewed-text">{q.text}</p>
      <Plates q={q} />
      {q.why && <p class="why">{q.why}</p>}
    </section>
  );
}

function Plates({ q }: { q: ReviewQuestion }) {
  const right = q.right;
  const mine = Array.isArray(q.choice) ? q.choice : [];
  if (!Array.isArray(right) || !q.options.length) {
    return (
      <dl class="answer-words">
        <dt>{t("review.right_answer")}</dt>
        <dd>{choiceText(q, right)}</dd>
        {q.choice !== null && <dt>{t("review.your_answer")}</dt>}
        {q.choice !== null && <dd>{choiceText(q, q.choice)}</dd>}
      </dl>
    );
  }
  const letters = (ids: string[]) => ids.map((id) => LETTERS[q.options.map((o) => o.id).indexOf(id)] || "?").join(" → ");
  if (q.type === "ordering") {
    return (
      <>
        <div class="plates">
          {q.options.map((option, i) => (
            <OptionPlate key={option.id} index={i} text={option.text} place={right.indexOf(option.id) + 1} />
          ))}
        </div>
        <p class="soft">
          {t("review.right_answer")}: {letters(right)}
          {mine.length > 0 && <> · {t("review.your_answer")}: {letters(mine)}</>}
        </p>
      </>
    );
  }
  return (
    <div class="plates">
      {q.options.map((option, i) => {
        const chosen = mine.indexOf(option.id) >= 0;
        const state: OptionState = right.indexOf(option.id) >= 0 ? "right" : chosen ? "wrong" : "dimmed";
        return (
          <OptionPlate key={option.id} index={i} text={optionText(q, option)} state={state}>
            {chosen && <small class="yours">{t("review.yours")}</small>}
          </OptionPlate>
        );
      })}
    </div>
  );
}
