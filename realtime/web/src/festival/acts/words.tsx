/** One to three words for the cloud; they may be changed until it is closed. Then what the hall said most. */

import { useState } from "preact/hooks";
import { t } from "../../core/i18n";
import type { ActProps, Item } from "../types";
import { Fate, needsCard, NoCard, Question, Wait } from "./parts";
import { keptOf, submit, waitingFor } from "./sending";

interface Told {
  state: "ready" | "open" | "closed";
  question: string;
  most: number;
  people?: number;
  words?: { id: number; text: string; people: number }[];
}

const PLACES = ["acts.word_first", "acts.word_second", "acts.word_third"];

export function WordsAct({ item, state, me }: ActProps) {
  const told = state.live[String(item.id)] as unknown as Told;
  const thing = waitingFor(item.id);
  const kept = keptOf<string[]>(me, "words", item.id);
  const mine = (thing && !thing.refused && (thing.value.body["words"] as string[])) || kept;
  const [draft, setDraft] = useState<string[]>([]);
  const [editing, setEditing] = useState(false);
  if (told.state === "closed") return <Said item={item} told={told} />;
  if (told.state !== "open") return <Wait words={t("acts.words_soon")} />;
  if (needsCard(me)) return <NoCard />;

  if (mine && !editing && !(thing && thing.refused)) {
    return (
      <div class="act-words">
        <Question item={item} text={told.question} />
        <ul class="act-sent">
          {mine.map((word) => (
            <li key={word}>{word}</li>
          ))}
        </ul>
        <Fate item={item.id} kept word={t("acts.words_kept")} />
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            setDraft(mine);
            setEditing(true);
          }}
        >
          {t("acts.words_change")}
        </button>
      </div>
    );
  }

  const filled = draft.map((word) => word.trim()).filter((word) => word);
  return (
    <form
      class="act-words"
      onSubmit={(event) => {
        event.preventDefault();
        if (!filled.length) return;
        submit(item.id, "words", { words: filled });
        setEditing(false);
        // What was far below is short now: what was sent comes into sight.
        event.currentTarget.parentElement!.scrollIntoView();
      }}
    >
      <Question item={item} text={told.question} />
      <p class="small">{t("acts.words_how", { most: told.most })}</p>
      {PLACES.slice(0, told.most).map((place, index) => (
        <div class="field" key={place}>
          <label for={"word-" + index}>{t(place)}</label>
          <input
            id={"word-" + index}
            class="input"
            maxLength={48}
            autocomplete="off"
            autocapitalize="off"
            enterkeyhint={index + 1 < told.most ? "next" : "send"}
            value={draft[index] || ""}
            onInput={(event) => {
              const next = [draft[0] || "", draft[1] || "", draft[2] || ""];
              next[index] = event.currentTarget.value;
              setDraft(next);
            }}
          />
        </div>
      ))}
      <Fate item={item.id} kept={false} word="" />
      <button type="submit" class="button primary" disabled={!filled.length}>
        {t("acts.words_send")}
      </button>
    </form>
  );
}

function Said({ item, told }: { item: Item; told: Told }) {
  const words = told.words || [];
  return (
    <div class="act-words">
      <Question item={item} text={told.question} />
      <p class="small">{t("acts.poll_people", { people: told.people || 0 })}</p>
      <ol class="act-said">
        {words.map((word) => (
          <li key={word.id}>
            <span>{word.text}</span> <b>{word.people}</b>
          </li>
        ))}
      </ol>
    </div>
  );
}
