/** The run of questions with their state, and the key of this one and the next: for the host's eyes. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { HostQuestion } from "../../../../realtime/web/src/core/frames";
import { number, t } from "../../../../realtime/web/src/core/i18n";
import { LETTERS, optionText, Shape } from "../../../../realtime/web/src/core/options";
import { keep, recall } from "../../../../realtime/web/src/core/storage";
import { voidQuestion } from "./controls";
import { picture, run } from "./session";
import { isFinal } from "./steps";

/** For a laptop whose screen the hall can see. */
export const hidden = signal(recall("host.hide") === "1");

export function toggleHidden(): void {
  hidden.value = !hidden.value;
  keep("host.hide", hidden.value ? "1" : null);
}

export function Run() {
  const shown = picture.value!;
  const over = isFinal(shown.phase);
  const list = useRef<HTMLOListElement>(null);
  const now = run.value.findIndex(({ state }) => state === "now");
  useEffect(() => {
    const item = list.current && (list.current.children[now] as HTMLElement | undefined);
    // One question above the present one stays in view. Only this list moves, never the page.
    if (item) list.current!.scrollTop = item.offsetTop - list.current!.offsetTop - item.offsetHeight;
  }, [now]);
  return (
    <section class="h-run" aria-label={t("host.run")}>
      <h2>{t("host.run")}</h2>
      <ol ref={list} tabIndex={0} aria-label={t("host.run")}>
        {run.value.map(({ n, text, state }) => (
          <li key={n} class={"h-run-item is-" + state} aria-current={state === "now" ? "step" : undefined}>
            <b>{n}</b>
            <span class="h-run-text" data-ellipsis title={hidden.value && state === "ahead" ? undefined : text}>
              {hidden.value && state === "ahead" ? "• • •" : text}
            </span>
            <span class="h-run-state">{t("host.state." + state)}</span>
            {(state === "asked" || state === "now") && !over && (
              <button type="button" class="h-run-void" onClick={() => voidQuestion(n)}>
                {t("host.void_it", { n })}
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Right({ question }: { question: HostQuestion }) {
  const { right, options, unit } = question;
  if (right === null) return <p>{t("host.no_right")}</p>;
  if (!Array.isArray(right)) {
    const text = typeof right === "number" ? number(right) : right;
    return <p class="h-right-value">{unit ? text + " " + unit : text}</p>;
  }
  return (
    <ol class="h-right">
      {right.map((id, place) => {
        const index = options.findIndex((option) => option.id === id);
        const option = options[index];
        if (!option) return null;
        return (
          <li key={id}>
            <span class="h-mark" style={{ background: "var(--option-" + LETTERS[index]!.toLowerCase() + ")" }}>
              <Shape index={index} />
              {LETTERS[index]}
            </span>
            <span>{(question.type === "ordering" ? place + 1 + ". " : "") + optionText(question, option)}</span>
          </li>
        );
      })}
    </ol>
  );
}

export function KeyNow() {
  const shown = picture.value!;
  const question = shown.now;
  if (!question || shown.phase === "lobby") return null;
  return (
    <section class="h-key">
      <h2>{t("host.now", { n: question.n })}</h2>
      {hidden.value ? (
        <p class="h-soft">{t("host.hidden")}</p>
      ) : (
        <>
          <Right question={question} />
          {question.why && <p class="h-why">{question.why}</p>}
        </>
      )}
    </section>
  );
}

export function KeyNext() {
  const shown = picture.value!;
  const question = shown.next;
  // After the podium, or a duel that is won, no question comes.
  if (isFinal(shown.phase) || shown.phase === "podium" || (shown.duel && shown.duel.won !== null)) return null;
  if (!question) {
    return (
      <section class="h-key is-next">
        <p class="h-soft">{t("host.next_none")}</p>
      </section>
    );
  }
  return (
    <section class="h-key is-next">
      <h2>
        {t("host.next", { n: question.n })} <small>{t("host.seconds", { seconds: question.seconds })}</small>
      </h2>
      {hidden.value ? (
        <p class="h-soft">{t("host.hidden")}</p>
      ) : (
        <>
          <p class="h-next-text">{question.text}</p>
          <Right question={question} />
        </>
      )}
    </section>
  );
}
