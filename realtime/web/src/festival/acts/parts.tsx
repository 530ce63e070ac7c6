/** Pieces the acts share: who has no card yet, how the sending goes, what there is to wait for. */

import { t } from "../../core/i18n";
import { Tick } from "../../core/options";
import { go } from "../place";
import type { Item, Me } from "../types";
import { dismiss, waitingFor } from "./sending";

/** Whoever has no card takes one first: an act belongs to somebody. */
export function needsCard(me: Me | null): boolean {
  return !me || !me.guest;
}

export function NoCard() {
  return (
    <div class="act-card">
      <p>{t("acts.no_card")}</p>
      <button type="button" class="button primary" onClick={() => go("card")}>
        {t("acts.take_card")}
      </button>
    </div>
  );
}

/** One line: on its way, kept, or why not. */
export function Fate({ item, kept, word }: { item: number; kept: boolean; word: string }) {
  const thing = waitingFor(item);
  if (thing && thing.refused) {
    return (
      <p class="problem act-fate" role="alert">
        {thing.refused}{" "}
        <button type="button" class="act-text" onClick={() => dismiss(item)}>
          {t("acts.understood")}
        </button>
      </p>
    );
  }
  return (
    <p class={"act-fate" + (kept && !thing ? " is-saved" : "")} role="status">
      {thing ? t(thing.late ? "acts.kept_here" : "acts.sending") : kept ? (
        <>
          <Tick /> {word}
        </>
      ) : null}
    </p>
  );
}

/** The question, unless the item is called by it: on a small phone every line counts. */
export function Question({ item, text }: { item: Item; text: string }) {
  return text === item.title ? null : <h2 class="act-question">{text}</h2>;
}

export function Wait({ words }: { words: string }) {
  return <p class="act-wait">{words}</p>;
}
