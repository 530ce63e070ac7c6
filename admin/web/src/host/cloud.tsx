/** Word clouds in the console: what people sent, by count, and what the hall may see of it. */

import { useEffect, useState } from "preact/hooks";
import { number, t } from "../../../../realtime/web/src/core/i18n";
import { ask, fetched, picture } from "./session";

interface Word {
  key: string;
  text: string;
  people: number;
  decided: boolean | null;
  shown: boolean;
  offensive: boolean;
}

const EVERY_MS = 1_500;
const ACTIVE = ["open", "closing", "revealed", "standings", "paused"];

function useWords(question: number): [Word[] | null, () => void] {
  const [words, setWords] = useState<Word[] | null>(null);
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setTick((now) => now + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    let current = true;
    void fetched<{ words: Word[] }>("/words?question=" + question).then((listed) => {
      if (current && listed) setWords(listed.words);
    });
    return () => {
      current = false;
    };
  }, [question, tick]);
  return [words, () => setTick((now) => now + 1)];
}

function WordList({ question }: { question: number }) {
  const [words, again] = useWords(question);
  function decide(keys: string[], on: boolean | null): void {
    void ask("words", { question, words: keys, on }).then(again);
  }
  if (!words) return null;
  const waiting = words.filter((word) => word.decided === null && !word.shown && !word.offensive);
  return (
    <>
      <p class="h-words-head">
        <span>{t("cloudhost.count", { count: number(words.length) })}</span>
        {waiting.length > 0 && (
          <button type="button" class="h-button" onClick={() => decide(waiting.map((word) => word.key), true)}>
            {t("cloudhost.all", { count: waiting.length })}
          </button>
        )}
      </p>
      <ul class="h-words" tabIndex={0} aria-label={t("cloudhost.title")}>
        {words.map((word) => (
          <li key={word.key} class={word.shown ? "is-shown" : word.decided === false ? "is-hidden" : ""}>
            <b>{word.text}</b> <small>×{number(word.people)}</small>
            {word.offensive && <em>{t("cloudhost.offensive")}</em>}
            <span class="h-words-state">
              {t(word.shown ? "cloudhost.shown" : word.decided === false ? "cloudhost.hidden" : "cloudhost.waiting")}
            </span>
            {word.shown ? (
              <button type="button" aria-label={t("cloudhost.hide_of", { word: word.text })} onClick={() => decide([word.key], false)}>
                {t("cloudhost.hide")}
              </button>
            ) : (
              <>
                <button type="button" aria-label={t("cloudhost.show_of", { word: word.text })} onClick={() => decide([word.key], true)}>
                  {t("cloudhost.show")}
                </button>
                {word.decided === null && (
                  <button type="button" aria-label={t("cloudhost.hide_of", { word: word.text })} onClick={() => decide([word.key], false)}>
                    {t("cloudhost.hide")}
                  </button>
                )}
              </>
            )}
          </li>
        ))}
        {words.length === 0 && <li class="h-soft">{t("cloudhost.none")}</li>}
      </ul>
    </>
  );
}

/** Only while the present question is a word cloud that has been opened. */
export function WordsPanel() {
  const shown = picture.value!;
  const now = shown.now;
  if (!now || now.type !== "cloud" || ACTIVE.indexOf(shown.phase) < 0) return null;
  return (
    <section class="h-cloud" aria-label={t("cloudhost.title")}>
      <h2>{t("cloudhost.title")}</h2>
      <WordList key={now.n} question={now.n} />
    </section>
  );
}
