/** How one question of the paper is answered. Every change is an answer at once: there is nothing to press "save". */

import { useEffect, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { OptionButton } from "../core/options";
import { Keypad, parsed, written } from "../play/keypad";
import { answer, draft } from "./attempt";
import type { Choice, PaperQuestion, PredictionAsked } from "./types";
import { choiceAt, work } from "./work";

/** How long typing must rest before what was typed is sent. */
const PAUSE_MS = 900;

export function optionText(q: PaperQuestion, option: { id: string; text: string }): string {
  if (q.type !== "true_false") return option.text;
  return option.id === "T" ? t("core.true") : option.id === "F" ? t("core.false") : option.text;
}

function listed(choice: Choice | null): string[] {
  return Array.isArray(choice) ? choice : [];
}

function drafted(position: number): string | undefined {
  return work.value ? work.value.drafts[position] : undefined;
}

function TapOne({ q }: { q: PaperQuestion }) {
  const mine = listed(choiceAt(q.n));
  return (
    <>
      {q.options.map((option, i) => (
        <OptionButton
          key={option.id}
          index={i}
          text={optionText(q, option)}
          state={mine.indexOf(option.id) >= 0 ? "chosen" : mine.length ? "dimmed" : "idle"}
          onTap={() => mine[0] !== option.id && answer(q.n, [option.id])}
        />
      ))}
    </>
  );
}

function TapMany({ q }: { q: PaperQuestion }) {
  const mine = listed(choiceAt(q.n));
  function toggle(id: string): void {
    const chosen = q.options.map((option) => option.id).filter((each) => (each === id) !== mine.indexOf(each) >= 0);
    answer(q.n, chosen.length ? chosen : null);
  }
  return (
    <>
      {q.options.map((option, i) => (
        <OptionButton
          key={option.id}
          index={i}
          text={option.text}
          state={mine.indexOf(option.id) >= 0 ? "chosen" : mine.length ? "dimmed" : "idle"}
          onTap={() => toggle(option.id)}
        />
      ))}
    </>
  );
}

/** Tapped one after the other; an order counts once it is whole. */
function Order({ q }: { q: PaperQuestion }) {
  const kept = drafted(q.n);
  const mine = kept === undefined ? listed(choiceAt(q.n)) : kept.split(" ").filter(Boolean);
  function toggle(id: string): void {
    const next = mine.indexOf(id) >= 0 ? mine.filter((each) => each !== id) : [...mine, id];
    draft(q.n, next.join(" "));
    if (next.length === q.options.length) answer(q.n, next);
    else if (choiceAt(q.n) !== null) answer(q.n, null);
  }
  return (
    <>
      {q.options.map((option, i) => {
        const placed = mine.indexOf(option.id) + 1;
        return (
          <OptionButton
            key={option.id}
            index={i}
            text={option.text}
            state={placed ? "chosen" : "idle"}
            place={placed || null}
            onTap={() => toggle(option.id)}
          />
        );
      })}
    </>
  );
}

function Numeric({ q }: { q: PaperQuestion }) {
  const kept = drafted(q.n);
  const choice = choiceAt(q.n);
  const text = kept === undefined ? (choice === null ? "" : String(choice)) : kept;
  return (
    <Keypad
      text={text}
      unit={q.unit}
      locked={false}
      onDone={() => undefined}
      onText={(next) => {
        draft(q.n, next);
        answer(q.n, parsed(next), PAUSE_MS);
      }}
    />
  );
}

function Words({ q }: { q: PaperQuestion }) {
  const choice = choiceAt(q.n);
  const [text, setText] = useState(choice === null ? "" : String(choice));
  useEffect(() => {
    // What another device typed.
    if (choice !== null && String(choice) !== text.trim()) setText(String(choice));
  }, [choice]);
  return (
    <>
      <label class="only-read" for="words">
        {t("question.your_words")}
      </label>
      <input
        id="words"
        class="input words"
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        maxLength={200}
        placeholder={t("question.your_words")}
        value={text}
        onInput={(typed) => {
          const next = typed.currentTarget.value;
          setText(next);
          answer(q.n, next.normalize("NFC").trim() || null, PAUSE_MS);
        }}
      />
    </>
  );
}

export function Answers({ q }: { q: PaperQuestion }) {
  switch (q.type) {
    case "multi":
      return <TapMany q={q} />;
    case "ordering":
      return <Order q={q} />;
    case "numeric":
      return <Numeric q={q} />;
    case "text":
      return <Words q={q} />;
    default:
      return <TapOne q={q} />;
  }
}

export function PredictionPad({ asked }: { asked: PredictionAsked }) {
  const percent = asked.kind === "all_correct_percent";
  const kept = drafted(0);
  const choice = choiceAt(0);
  const text = kept === undefined ? (choice === null ? "" : String(choice)) : kept;
  function take(next: string): void {
    const whole = next.replace(/\D/g, "");
    if (percent ? Number(next) > 100 || /\.\d{3}/.test(next) : whole.length > 9) return;
    draft(0, next);
    answer(0, parsed(next), PAUSE_MS);
  }
  return (
    <Keypad
      text={text}
      unit={t("predict.unit_" + asked.kind)}
      kind={percent ? "decimal" : "whole"}
      locked={false}
      onDone={() => undefined}
      onText={take}
    />
  );
}

/** A choice in words: for the review. */
export function choiceText(q: PaperQuestion, choice: Choice): string {
  if (typeof choice === "number") return written(String(choice)) + (q.unit ? " " + q.unit : "");
  return typeof choice === "string" ? choice : choice.join(", ");
}
