/** One open or closing question: the stem, the ways to answer, and what became of the answer. */

import { useLayoutEffect } from "preact/hooks";
import { deadline, useSecondsLeft, type Deadline } from "../core/countdown";
import type { Choice, ShownQuestion, State } from "../core/frames";
import { t } from "../core/i18n";
import { OptionButton, optionText, Tick, type OptionState } from "../core/options";
import { TimeBar } from "../core/timebar";
import { buzz, offline } from "./device";
import { CloudInput, drafted as draftedWords } from "./cloud";
import { draftFor, toggle, write } from "./drafts";
import { Keypad, parsed, written } from "./keypad";
import { answer, pendingFor, receipts } from "./outbox";
import { Heading, Scroll } from "./parts";
import { weightText } from "./rooms";
import { link, myChoice, you } from "./session";
import { optionsHidden, optionsShown, thinkMs } from "./think";

let firstPicture = true;

export function submit(q: number, choice: Choice): void {
  const think = thinkMs(q);
  if (answer(q, choice, think)) buzz(20);
}

/** What became of my answer, in a few words at the foot of the question. */
export function Fate({ q, closing }: { q: ShownQuestion; closing: boolean }) {
  const pending = pendingFor(q.n);
  const receipt = receipts.value[q.n];
  const mine = you.value;
  const known = !!mine && mine.q === q.n && mine.kept !== null;
  let tone = "";
  let words = "";
  if (pending) {
    tone = "is-sending";
    words = link.value === "open" && !offline.value ? t("fate.sending") : t("fate.kept_here");
  } else if (receipt && receipt.status === "late") {
    tone = "is-bad";
    words = t("fate.late");
  } else if (receipt && receipt.status === "refused") {
    tone = "is-bad";
    words = t("fate.refused");
  } else if (receipt && receipt.status === "kept_other") {
    tone = "is-saved";
    words = t("fate.kept_other");
  } else if (receipt || known) {
    tone = "is-saved";
    words = t("fate.saved");
  } else words = t(closing ? "fate.none" : "fate.tap");
  return (
    <p class={"fate " + tone} role="status">
      {tone === "is-saved" && <Tick />}
      {words}
      {closing && <span class="closing">{t("closing.now")}</span>}
    </p>
  );
}

interface AnswerProps {
  q: ShownQuestion;
  /** My answer, once there is one. */
  choice: Choice | null;
  /** No more tapping. */
  locked: boolean;
}

function listed(choice: Choice | null): string[] {
  return Array.isArray(choice) ? choice : [];
}

function TapOne({ q, choice, locked }: AnswerProps) {
  const mine = listed(choice);
  return (
    <>
      {q.options.map((option, i) => {
        const state: OptionState = mine.indexOf(option.id) >= 0 ? "chosen" : locked ? "dimmed" : "idle";
        return (
          <OptionButton
            key={option.id}
            index={i}
            text={optionText(q, option)}
            state={state}
            disabled={locked}
            onTap={() => submit(q.n, [option.id])}
          />
        );
      })}
    </>
  );
}

function TapMany({ q, choice, locked }: AnswerProps) {
  const ordering = q.type === "ordering";
  const mine = choice === null ? draftFor(q.n).ids : listed(choice);
  return (
    <>
      {q.options.map((option, i) => {
        const place = mine.indexOf(option.id) + 1;
        return (
          <OptionButton
            key={option.id}
            index={i}
            text={option.text}
            state={place ? "chosen" : locked ? "dimmed" : "idle"}
            place={ordering ? place || null : null}
            disabled={locked}
            onTap={() => toggle(q.n, option.id)}
          />
        );
      })}
    </>
  );
}

function Words({ q, choice, locked, onDone }: AnswerProps & { onDone(): void }) {
  return (
    <form
      onSubmit={(pressed) => {
        pressed.preventDefault();
        onDone();
      }}
    >
      <label class="only-read" for="words">
        {t("question.your_words")}
      </label>
      <input
        id="words"
        class="input words"
        type="text"
        autocomplete="off"
        autocapitalize="off"
        enterkeyhint="send"
        spellcheck={false}
        maxLength={200}
        placeholder={t("question.your_words")}
        value={choice === null ? draftFor(q.n).text : String(choice)}
        disabled={locked}
        onInput={(typed) => write(q.n, typed.currentTarget.value)}
      />
    </form>
  );
}

/** The choice the draft stands for, or null while it is not complete. */
function drafted(q: ShownQuestion): Choice | null {
  const draft = draftFor(q.n);
  if (q.type === "multi") {
    // In the order shown: the order of tapping says nothing here.
    const ids = q.options.map((option) => option.id).filter((id) => draft.ids.indexOf(id) >= 0);
    return ids.length ? ids : null;
  }
  if (q.type === "ordering") return draft.ids.length === q.options.length ? draft.ids : null;
  if (q.type === "numeric") return parsed(draft.text);
  if (q.type === "cloud") return draftedWords(draft.text);
  return draft.text.trim() || null;
}

function Done({ q, until, onDone }: { q: ShownQuestion; until: Deadline; onDone(): void }) {
  const left = useSecondsLeft(until);
  const ready = drafted(q) !== null;
  const hurry = ready && left !== null && left <= 5;
  return (
    <button type="button" class={"button primary done" + (hurry ? " is-urgent" : "")} disabled={!ready} onClick={onDone}>
      {hurry ? t("question.done_hurry") : t("question.done")}
    </button>
  );
}

const HINTS: { [type: string]: string } = {
  multi: "question.hint_multi",
  ordering: "question.hint_ordering",
  poll: "question.hint_poll",
  cloud: "cloud.hint",
};

export function Question({ picture, at }: { picture: State; at: number }) {
  const q = picture.q!;
  const closing = picture.phase === "closing";
  const choice = myChoice(q.n);
  const receipt = receipts.value[q.n];
  const locked = closing || choice !== null || (!!receipt && receipt.status !== "refused");
  const tapOne = q.type === "single" || q.type === "true_false" || q.type === "poll";
  const until = deadline(closing ? null : q.left, at);
  const weight = weightText(q);
  const hint = HINTS[q.type];

  useLayoutEffect(() => {
    const late = q.left !== null && q.left < q.seconds - 2;
    optionsShown(q.n, !(firstPicture && late));
    firstPicture = false;
    return optionsHidden;
  }, [q.n]);

  function done(): void {
    const ready = drafted(q);
    if (!locked && ready !== null) submit(q.n, ready);
  }

  return (
    <main class={"question is-" + q.type}>
      <div class="question-top">
        <span class="question-count">{t("question.number", { n: q.n, of: q.of })}</span>
        {picture.again && <span class="chip">{t("ready.again")}</span>}
        {weight && <span class="chip">{weight}</span>}
        {!closing && q.left !== null && <TimeBar deadline={until} seconds={q.seconds} />}
      </div>
      <Scroll class="question-stem" label={t("question.stem")} atLeast={0.26}>
        <Heading class="stem">{q.text}</Heading>
        {q.media && <img class="media" src={q.media} alt="" />}
      </Scroll>
      {hint && <p class="question-hint">{t(hint)}</p>}
      <Scroll class="answers" label={t("question.options")}>
        {tapOne && <TapOne q={q} choice={choice} locked={locked} />}
        {(q.type === "multi" || q.type === "ordering") && <TapMany q={q} choice={choice} locked={locked} />}
        {q.type === "numeric" && (
          <Keypad
            text={choice === null ? draftFor(q.n).text : String(choice)}
            unit={q.unit}
            locked={locked}
            onText={(text) => write(q.n, text)}
            onDone={done}
          />
        )}
        {q.type === "cloud" && <CloudInput q={q} choice={choice} locked={locked} onDone={done} />}
        {q.type === "text" && <Words q={q} choice={choice} locked={locked} onDone={done} />}
      </Scroll>
      <div class="question-foot">
        {locked || tapOne ? <Fate q={q} closing={closing} /> : <Done q={q} until={until} onDone={done} />}
      </div>
    </main>
  );
}

/** A choice in words, for after the reveal. */
export function choiceText(q: ShownQuestion, choice: Choice): string {
  if (typeof choice === "number") return written(String(choice)) + (q.unit ? " " + q.unit : "");
  return typeof choice === "string" ? choice : choice.join(", ");
}
