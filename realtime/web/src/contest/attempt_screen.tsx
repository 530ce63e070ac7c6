/** The attempt on the screen: one question at a time, the time left, the map of all, handing in. */

import { useEffect, useRef, useState } from "preact/hooks";
import { LangButton } from "../core/bar";
import { useSecondsLeft } from "../core/countdown";
import { lang, t } from "../core/i18n";
import { Tick } from "../core/options";
import { Heading, Scroll } from "../core/parts";
import { refusalText } from "./api";
import { Answers, PredictionPad } from "./answers";
import { comeBack, leaveToOther, predictionMissing, show, stage, takeBack, timeIsUp } from "./attempt";
import { until } from "./clock";
import { Grid, Legend, Overview, positionsOf } from "./map";
import { clockText, Problem, Strip, useDown } from "./parts";
import type { Paper } from "./types";
import { fateAt, paper, pending, work } from "./work";

function Clock() {
  const seconds = useSecondsLeft(until.value);
  if (seconds === null) return null;
  const spoken = seconds > 0 && seconds <= 60 ? (seconds > 10 ? 60 : 10) : null;
  return (
    <>
      <span class={"clock" + (seconds <= 60 ? " is-urgent" : "")}>
        <span class="only-read">{t("attempt.time_left")} </span>
        {clockText(seconds * 1000)}
      </span>
      <span class="only-read" role="status">
        {spoken !== null ? t("core.seconds_left", { seconds: spoken }) : ""}
      </span>
    </>
  );
}

/** Where the answer on the screen is: on its way, on the server, or not given yet. */
function Fate({ position, down }: { position: number; down: boolean }) {
  const fate = fateAt(position);
  const words =
    fate === "saved"
      ? t("fate.saved")
      : fate === "sending"
        ? t(down ? "fate.kept_here" : "fate.sending")
        : fate === "refused"
          ? t("fate.refused")
          : t("fate.none");
  return (
    <p class={"fate is-" + fate} role="status">
      {fate === "saved" && <Tick />}
      {words}
    </p>
  );
}

function OneQuestion({ sheet, position, down }: { sheet: Paper; position: number; down: boolean }) {
  const q = (sheet.questions || []).filter((each) => each.n === position)[0];
  const of = (sheet.questions || []).length;
  const asked = sheet.prediction;
  const hint = q ? HINTS[q.type] : undefined;
  return (
    <main class={"question is-" + (q ? q.type : "numeric")}>
      <div class="question-top">
        <span class="question-count">{q ? t("question.number", { n: q.n, of }) : t("predict.heading")}</span>
        <Fate position={position} down={down} />
      </div>
      <Scroll class="question-stem" label={t("question.stem")} atLeast={0.26}>
        <Heading class="stem">{q ? q.text : asked!.text}</Heading>
        {q && q.media && <img class="media" src={q.media} alt="" />}
      </Scroll>
      {hint && <p class="question-hint">{t(hint)}</p>}
      {!q && <p class="question-hint">{t(asked!.required ? "predict.required" : "predict.hint")}</p>}
      <Scroll class="answers" label={t("question.options")}>
        {q ? <Answers q={q} /> : <PredictionPad asked={asked!} />}
      </Scroll>
    </main>
  );
}

const HINTS: { [type: string]: string } = {
  multi: "question.hint_multi",
  ordering: "question.hint_ordering",
};

function Handing({ down }: { down: boolean }) {
  return (
    <main class="middle">
      <span class="pulse" aria-hidden="true" />
      <Heading>{t(timeIsUp.value ? "handing.time_up" : "handing.heading")}</Heading>
      <p>{t(down ? "handing.offline" : timeIsUp.value ? "handing.time_up_hint" : "handing.hint")}</p>
      {!timeIsUp.value && down && (
        <button type="button" class="button quiet" onClick={() => comeBack()}>
          {t("handing.back")}
        </button>
      )}
    </main>
  );
}

function Moved() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  return (
    <main class="middle">
      <Heading>{t("moved.heading")}</Heading>
      <p>{t("moved.hint")}</p>
      {refusal !== null && <Problem text={refusalText(refusal)} />}
      <button
        type="button"
        class="button primary"
        aria-disabled={busy}
        onClick={() => {
          if (busy) return;
          setBusy(true);
          takeBack().then(
            () => setBusy(false),
            (error) => {
              setBusy(false);
              setRefusal(error);
            },
          );
        }}
      >
        {t("moved.here")}
      </button>
      <button type="button" class="button link" onClick={leaveToOther}>
        {t("moved.home")}
      </button>
    </main>
  );
}

export function Attempt() {
  const sheet = paper.value;
  const now = work.value;
  const [overview, setOverview] = useState(false);
  const down = useDown();
  const at = now ? now.at : 1;
  const all = sheet ? positionsOf(sheet) : [];
  const index = Math.max(0, all.indexOf(at));
  const last = index === all.length - 1;
  const working = stage.value === "open";
  const latest = useRef({ turn, working, overview });
  latest.current = { turn, working, overview };

  function goTo(position: number): void {
    setOverview(false);
    show(position);
  }
  function turn(step: number): void {
    const next = all[index + step];
    if (next !== undefined) goTo(next);
    else if (step > 0) setOverview(true);
  }
  useEffect(() => {
    document.title = t("attempt.title") + " – " + t("core.name");
  }, [lang.value]);
  useEffect(() => {
    if (predictionMissing.value) setOverview(false);
  }, [predictionMissing.value]);
  useEffect(() => {
    function onKey(pressed: KeyboardEvent): void {
      const field = (pressed.target as HTMLElement).tagName;
      if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || field === "INPUT" || !latest.current.working) return;
      if (pressed.key === "ArrowRight") latest.current.turn(1);
      else if (pressed.key === "ArrowLeft") latest.current.turn(-1);
      else return;
      pressed.preventDefault();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  if (!sheet || !now) return null;
  const waits = pending(now).length;
  return (
    <div class="page attempt">
      <header class="topbar">
        {working && <Clock />}
        <span class="who" data-ellipsis>
          {sheet.round.name}
        </span>
        <LangButton />
        {working && (
          <button type="button" class="hand-in" onClick={() => setOverview(!overview)}>
            {t(overview ? "attempt.back" : "attempt.hand_in")}
          </button>
        )}
      </header>
      {down && working && <Strip text={waits ? t("net.strip_answers", { n: waits }) : t("net.strip_attempt")} />}
      {stage.value === "moved" ? (
        <Moved />
      ) : !working ? (
        <Handing down={down} />
      ) : overview ? (
        <Overview sheet={sheet} onShow={goTo} />
      ) : (
        <div class="work">
          <div class="work-main">
            <OneQuestion key={all[index]} sheet={sheet} position={all[index]!} down={down} />
            <nav class="turn" aria-label={t("attempt.turn")}>
              <button type="button" class="button quiet" disabled={index === 0} onClick={() => turn(-1)}>
                {t("attempt.before")}
              </button>
              <button type="button" class="button quiet to-map" onClick={() => setOverview(true)}>
                <span class="only-read">{t("map.heading")} </span>
                {index + 1}/{all.length}
              </button>
              <button type="button" class="button primary" onClick={() => turn(1)}>
                {t(last ? "attempt.look_over" : "attempt.next")}
              </button>
            </nav>
          </div>
          <aside class="side" aria-label={t("map.heading")}>
            <Grid sheet={sheet} at={all[index]!} onShow={goTo} />
            <Legend />
          </aside>
        </div>
      )}
    </div>
  );
}
