/** What will happen, said plainly before the clock runs. */

import { useState } from "preact/hooks";
import { number, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { refusalText } from "./api";
import { begin } from "./attempt";
import { me, mine, refresh } from "./me";
import { Problem, Screen } from "./parts";
import { publicPage } from "./place";

export function Start() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const contest = me.value!.value.contest;
  const start = mine.value ? mine.value.value.start : null;
  const minutes = number(Math.round(contest.time_limit_s / 6) / 10);

  function press(): void {
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    begin().catch((error) => {
      setBusy(false);
      setRefusal(error);
      refresh();
    });
  }

  const last = start !== null && start.least === 1;
  const today = start !== null && start.left.day === 1 && start.left.round !== 1 && start.left.total !== 1;
  return (
    <Screen
      title={t("start.heading")}
      back
      foot={
        <>
          {refusal !== null && <Problem text={refusalText(refusal)} />}
          <button type="button" class="button primary" aria-disabled={busy} onClick={press}>
            {busy ? t("start.busy") : t("start.begin")}
          </button>
        </>
      }
    >
      <Heading>{t("start.heading")}</Heading>
      <p class="lead soft">{contest.round ? contest.round.name : contest.title}</p>
      <ul class="facts">
        <li>
          <b>{number(contest.questions)}</b> {t("facts.questions")}
        </li>
        <li>
          <b>{minutes}</b> {t("facts.minutes")}
        </li>
      </ul>
      <ul class="statement">
        <li>{t("start.clock", { minutes })}</li>
        <li>{t("start.saved")}</li>
        <li>{t("start.change")}</li>
        {contest.prediction && <li>{t("start.prediction")}</li>}
        <li>{t("start.limit")}</li>
        <li>{t("start.keep_" + contest.keep)}</li>
        {contest.result === "received" && <li>{t("start.received")}</li>}
        {last && <li>{t(today ? "start.last_day" : "start.last_now")}</li>}
      </ul>
      <p>
        <a class="plain" href={publicPage("/rules")}>
          {t("start.rules")}
        </a>
      </p>
    </Screen>
  );
}
