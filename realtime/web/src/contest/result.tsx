/** The result of one attempt: as much as the rules allow to show. */

import { useEffect, useState } from "preact/hooks";
import { number, t } from "../core/i18n";
import { Tick } from "../core/options";
import { Heading } from "../core/parts";
import { refusalText } from "./api";
import { ended } from "./attempt";
import { reviewOf } from "./attempts_api";
import { contest, mine } from "./me";
import { durationText, momentText, Problem, Screen, Waiting } from "./parts";
import { go } from "./place";
import type { PredictionAsked, Result } from "./types";

/** A prediction as people write it: 12.345 người. */
export function predictionWritten(value: number, asked: PredictionAsked | null): string {
  const amount = number(value, 2);
  return asked ? amount + " " + t("predict.unit_" + asked.kind) : amount;
}

function known(id: string): Result | null {
  if (ended.value && ended.value.result.id === id) return ended.value.result;
  const listed = mine.value ? mine.value.value.attempts : [];
  return listed.filter((one) => one.id === id)[0] || null;
}

export function ResultScreen({ id }: { id: string }) {
  const [fetched, setFetched] = useState<Result | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const result = known(id) || fetched;
  useEffect(() => {
    if (result) return;
    reviewOf(id).then((told) => setFetched(told.result), setRefusal);
  }, [id]);
  const late = ended.value && ended.value.result.id === id ? ended.value.late : 0;
  const foot = result && (
    <button type="button" class="button primary" onClick={() => go("home")}>
      {t("result.home")}
    </button>
  );
  return (
    <Screen title={t("result.title")} back foot={foot}>
      {result ? <Told result={result} late={late} /> : refusal ? <Problem text={refusalText(refusal)} /> : <Waiting />}
    </Screen>
  );
}

function Told({ result, late }: { result: Result; late: number }) {
  const now = contest();
  const rules = now ? now.prediction : null;
  const ranked = now && now.board === "open" && !result.void;
  return (
    <div class="told-result">
      <div class={"verdict" + (result.void ? " is-bad" : " is-good")}>
        {!result.void && <Tick />}
        <Heading>{t(result.void ? "result.void" : result.by_server ? "result.by_server" : "result.in")}</Heading>
        {result.score !== null && !result.void && (
          <p class="score">
            <b>{number(result.score)}</b>
            <span>/{t("result.points", { of: now ? now.full_marks : result.of })}</span>
          </p>
        )}
      </div>
      {result.void && <p>{t("result.void_hint")}</p>}
      {late > 0 && <Problem text={t("result.late", { n: late })} />}
      <dl class="figures">
        {result.correct !== null && (
          <>
            <dt>{t("result.correct")}</dt>
            <dd>
              {number(result.correct)}/{number(result.of)}
            </dd>
          </>
        )}
        <dt>{t("result.answered")}</dt>
        <dd>
          {number(result.answered)}/{number(result.of)}
        </dd>
        <dt>{t("result.time")}</dt>
        <dd>{durationText(result.duration_ms)}</dd>
        {rules && (
          <>
            <dt>{t("result.prediction")}</dt>
            <dd>{result.prediction === null ? t("result.no_prediction") : predictionWritten(result.prediction, rules)}</dd>
          </>
        )}
        <dt>{t("result.at")}</dt>
        <dd>{momentText(result.submitted_at)}</dd>
        {result.round.name && <dt>{t("result.round")}</dt>}
        {result.round.name && <dd>{result.round.name}</dd>}
      </dl>
      {result.score === null && !result.void && <p class="note">{t("result.later")}</p>}
      <div class="acts">
        {result.review ? (
          <button type="button" class="button quiet" onClick={() => go("review", result.id)}>
            {t("result.review")}
          </button>
        ) : (
          result.score !== null && <p class="note">{t("result.review_later")}</p>
        )}
        {ranked && (
          <button type="button" class="button quiet" onClick={() => go("rank")}>
            {t("home.rank")}
          </button>
        )}
        <button type="button" class="button link" onClick={() => go("complaint", result.id)}>
          {t("result.complain")}
        </button>
      </div>
    </div>
  );
}
