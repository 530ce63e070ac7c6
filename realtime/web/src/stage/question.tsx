/**
 * One question as the hall sees it, from getting ready to the reveal. Everything keeps its place, so that the bars grow
 * where the eyes already are. Used by the stage, the host's small picture and the organiser's preview.
 */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Deadline } from "../core/countdown";
import type { Choice, CloudWord, PhaseName, ShownOption, ShownQuestion } from "../core/frames";
import { number, t } from "../core/i18n";
import { reducedMotion } from "../core/motion";
import { LETTERS, optionText, Shape, Tick } from "../core/options";
import { useBeats } from "./beats";
import { RoundCloud } from "./cloud";
import { Ring } from "./ring";
import { useFit, useSize } from "./scale";
import { percent, sum, ValueBars, VerdictBars, type Tally } from "./tallies";

/** ms from the reveal to the bars and to the right answer. */
const BEATS = [150, 1700];
/** A longer option text asks for the full width. */
const LONG_OPTION = 80;

export interface QuestionProps {
  q: ShownQuestion;
  phase: PhaseName;
  voided: boolean;
  right: Choice | null;
  why: string | null;
  counts: Tally | null;
  answered: number;
  online: number;
  deadline: Deadline;
  /** CSS pixels of one unit. */
  unit: number;
  /** Seconds of the present phase where it is not the question's own (reading). */
  reading?: number;
  /** Answered aloud: phones have nothing but a buzzer. */
  spoken?: boolean;
  /** The words of a word cloud that the host has let through. */
  words?: readonly CloudWord[];
  /** Whether the beats of the reveal are played, or their end is shown at once. */
  play: boolean;
}

interface Told {
  /** 0 before the reveal, 1 the bars, 2 the right answer. */
  beat: number;
  props: QuestionProps;
}

function listed(choice: Choice | null): string[] {
  return Array.isArray(choice) ? choice : [];
}

function toneOf(index: number): string {
  return "var(--option-" + LETTERS[index]!.toLowerCase() + ")";
}

function OptionCard({ option, index, beat, props }: Told & { option: ShownOption; index: number }) {
  const { q, counts, right } = props;
  const tally = counts || {};
  const count = tally[option.id] || 0;
  // Several may be chosen in multi: its shares are of the people who answered, not of the taps.
  const most = Math.max(0, ...q.options.map(({ id }) => tally[id] || 0));
  const all = q.type === "multi" ? Math.max(props.answered, most) : sum(counts);
  const judged = beat >= 2 && q.type !== "poll" && right !== null;
  const good = judged && listed(right).indexOf(option.id) >= 0;
  const state = good ? " is-right" : judged ? " is-dimmed" : "";
  // The place of the numbers is kept from the start: the text must not move when they come.
  const told = beat >= 1 && counts !== null;
  return (
    <li class={"st-option" + (beat >= 1 ? " is-told" : "") + state} style={{ "--tone": toneOf(index) }}>
      <span class="st-option-bar" style={{ transform: "scaleX(" + (told && all > 0 ? count / all : 0) + ")" }} />
      <span class="st-option-mark">
        <Shape index={index} />
        <b>{LETTERS[index]}</b>
      </span>
      <span class="st-option-text" data-words>
        {optionText(q, option)}
      </span>
      <span class={"st-option-count" + (told || good ? "" : " is-waiting")} aria-hidden={!told && !good}>
        {q.type !== "poll" && (
          <span class={"st-option-sign" + (good ? "" : " is-waiting")} aria-hidden={!good}>
            <Tick />
            {t("core.right")}
          </span>
        )}
        {!props.spoken && (
          <span class={"st-option-number" + (told ? "" : " is-waiting")}>
            <b>{number(told ? count : 0)}</b> · {told ? percent(count, all) : 0} %
          </span>
        )}
      </span>
    </li>
  );
}

function Options({ beat, props }: Told) {
  const { options } = props.q;
  const list = options.length > 4 || options.some(({ text }) => text.length > LONG_OPTION);
  const shape = options.length === 2 ? "is-pair" : list ? "is-list" : "is-grid";
  return (
    <ol class={"st-options " + shape} role="list">
      {options.map((option, index) => (
        <OptionCard key={option.id} option={option} index={index} beat={beat} props={props} />
      ))}
    </ol>
  );
}

/** Ordering: the cards move to their right places when these are told. */
function OrderedCards({ beat, props }: Told) {
  const { q, right } = props;
  const told = beat >= 2 && right !== null;
  const order = told ? listed(right) : q.options.map(({ id }) => id);
  const list = useRef<HTMLOListElement>(null);
  const tops = useRef<{ [id: string]: number }>({});
  useLayoutEffect(() => {
    const cards = list.current ? (Array.from(list.current.children) as HTMLElement[]) : [];
    const before = tops.current;
    tops.current = {};
    for (const card of cards) {
      const id = card.dataset.id!;
      const top = card.offsetTop;
      const from = before[id];
      tops.current[id] = top;
      if (from === undefined || from === top || reducedMotion() || !card.animate) continue;
      card.animate([{ transform: "translateY(" + (from - top) + "px)" }, { transform: "none" }], {
        duration: 450,
        easing: "ease-in-out",
      });
    }
  }, [order.join(), props.unit]);
  return (
    <ol class="st-options is-order" ref={list} role="list">
      {order.map((id, place) => {
        const index = q.options.findIndex((option) => option.id === id);
        const option = q.options[index];
        if (!option) return null;
        return (
          <li key={id} data-id={id} class={"st-option" + (told ? " is-placed" : "")} style={{ "--tone": toneOf(index) }}>
            <span class="st-option-mark">
              <Shape index={index} />
              <b>{LETTERS[index]}</b>
            </span>
            <span class="st-option-text" data-words>
        {option.text}
      </span>
            <span class={"st-option-place" + (told ? "" : " is-waiting")} aria-hidden={!told}>
              {place + 1}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

/** The box where a number or words go, and where the right ones appear. */
function AnswerBox({ beat, props }: Told) {
  const { q, right } = props;
  const told = beat >= 2 && right !== null;
  const text = typeof right === "number" ? number(right) : typeof right === "string" ? right : listed(right).join(", ");
  const shown = told ? text : "?";
  const box = useSize<HTMLDivElement>([120, 96, 80, 64, 52, 44, 38, 32], shown, props.unit);
  return (
    <div class={"st-box" + (told ? " is-told" : "")}>
      <span class="st-box-label">
        {told && <Tick />} {t("stage.right_answer")}
      </span>
      <div class="st-box-value" ref={box}>
        <b>{shown}</b>
      </div>
      {q.unit && <span class="st-box-unit">{q.unit}</span>}
    </div>
  );
}

function Bars({ beat, props }: Told) {
  if (props.q.type !== "numeric") return <VerdictBars tally={props.counts} grown={beat >= 1} />;
  const right = typeof props.right === "number" ? props.right : null;
  return <ValueBars tally={props.counts} right={right} unit={props.q.unit} grown={beat >= 1} told={beat >= 2} />;
}

const NO_WORDS: readonly CloudWord[] = [];

function Middle({ beat, props }: Told) {
  const { type } = props.q;
  if (type === "cloud") {
    return <RoundCloud words={props.words || NO_WORDS} open={props.phase !== "revealed"} unit={props.unit} />;
  }
  if (type === "ordering" || type === "numeric" || type === "text") {
    return (
      <div class={"st-split is-" + type}>
        {type === "ordering" ? <OrderedCards beat={beat} props={props} /> : <AnswerBox beat={beat} props={props} />}
        <div class="st-aside">
          {props.spoken ? null : beat < 1 ? <p class="st-on-phone">{t("stage.on_phone." + type)}</p> : <Bars beat={beat} props={props} />}
        </div>
      </div>
    );
  }
  return <Options beat={beat} props={props} />;
}

function Why({ text, unit }: { text: string; unit: number }) {
  const box = useSize<HTMLDivElement>([44, 40, 36, 34, 32, 28, 24, 20], text, unit);
  return (
    <div class="st-why" ref={box}>
      <p>{text}</p>
    </div>
  );
}

function Foot({ beat, props }: Told) {
  const { phase, why } = props;
  if (phase === "closing") {
    return (
      <div class="st-foot is-closing" role="status">
        <p class="st-closing">
          {t("stage.closing")}
          <span class="st-dots" aria-hidden="true">
            <i>.</i>
            <i>.</i>
            <i>.</i>
          </span>
        </p>
        <Answered {...props} />
      </div>
    );
  }
  if (phase === "revealed") {
    return <div class="st-foot">{beat >= BEATS.length && why ? <Why text={why} unit={props.unit} /> : null}</div>;
  }
  return (
    <div class="st-foot">
      <Ring deadline={props.deadline} seconds={props.q.seconds} />
      <Answered {...props} />
    </div>
  );
}

function Answered({ answered, online }: QuestionProps) {
  const all = Math.max(online, answered);
  return (
    <div class="st-answered">
      <p>
        <b>{number(answered)}</b>/{number(all)} {t("stage.answered")}
      </p>
      <span class="st-answered-track" aria-hidden="true">
        <span style={{ transform: "scaleX(" + (all > 0 ? answered / all : 0) + ")" }} />
      </span>
    </div>
  );
}

function GetReady({ props }: { props: QuestionProps }) {
  const { q, unit } = props;
  const box = useFit<HTMLDivElement>("ready" + q.n + q.text, unit);
  return (
    <div class="st-question is-ready">
      <div class="st-body" ref={box}>
        <p class="st-ready-type">{t("stage.type." + q.type)}</p>
        <h1 class="st-stem" data-stem>
          {q.text}
        </h1>
      </div>
      <div class="st-foot is-ready">
        <Ring deadline={props.deadline} seconds={props.reading || q.left || 3} calm />
        <p class="st-ready-word">{t("stage.ready")}</p>
      </div>
    </div>
  );
}

function Asked({ props }: { props: QuestionProps }) {
  const { q, phase } = props;
  const revealed = phase === "revealed";
  const passed = useBeats(q.n + phase, revealed ? BEATS : [], props.play);
  const beat = revealed ? passed : 0;
  const contents = q.n + q.text + q.options.map(({ text }) => text).join("|");
  const box = useFit<HTMLDivElement>(contents, props.unit);
  return (
    <div class={"st-question is-" + q.type}>
      <div class="st-body" ref={box}>
        <h1 class="st-stem" data-stem>
          {q.text}
        </h1>
        <Middle beat={beat} props={props} />
      </div>
      <Foot beat={beat} props={props} />
    </div>
  );
}

export function StageQuestion(props: QuestionProps) {
  return props.phase === "get_ready" ? <GetReady props={props} /> : <Asked props={props} />;
}
