/** A poll on the phone: one tap, or several and a button; it may change until the poll is closed. Then the totals. */

import { useState } from "preact/hooks";
import { number, t } from "../../core/i18n";
import { OptionButton, OptionPlate } from "../../core/options";
import type { ActProps, Item } from "../types";
import { Fate, needsCard, NoCard, Question, Wait } from "./parts";
import { keptOf, submit, waitingFor } from "./sending";
import { WordsAct } from "./words";

interface Told {
  mode: "options" | "words";
  state: "ready" | "open" | "closed";
  question: string;
  several: boolean;
  options: { id: string; text: string }[];
  people?: number;
  counts?: { [id: string]: number };
}

export function PollAct(props: ActProps) {
  const told = props.state.live[String(props.item.id)] as unknown as Told | undefined;
  if (!told) return <Wait words={t("acts.soon")} />;
  return told.mode === "words" ? <WordsAct {...props} /> : <Options {...props} told={told} />;
}

function Options({ item, me, told }: ActProps & { told: Told }) {
  const thing = waitingFor(item.id);
  const kept = keptOf<string[]>(me, "votes", item.id);
  const mine = (thing && !thing.refused && (thing.value.body["choices"] as string[])) || kept || [];
  const [picked, setPicked] = useState<string[] | null>(null);
  if (told.state === "closed") return <Result item={item} told={told} mine={mine} />;
  if (told.state !== "open") return <Wait words={t("acts.poll_soon")} />;
  if (needsCard(me)) return <NoCard />;
  const chosen = told.several ? picked || mine : mine;

  function tap(id: string): void {
    if (!told.several) {
      if (mine.length !== 1 || mine[0] !== id) submit(item.id, "vote", { choices: [id] });
      return;
    }
    setPicked(chosen.indexOf(id) < 0 ? [...chosen, id].sort() : chosen.filter((one) => one !== id));
  }

  const changed = told.several && picked !== null && picked.join() !== mine.join();
  return (
    <div class="act-poll">
      <Question item={item} text={told.question} />
      <p class="small">{t(told.several ? "acts.poll_several" : "acts.poll_one")}</p>
      <div class="act-options">
        {told.options.map((option, index) => (
          <OptionButton
            key={option.id}
            index={index}
            text={option.text}
            state={chosen.indexOf(option.id) >= 0 ? "chosen" : !told.several && chosen.length ? "dimmed" : "idle"}
            onTap={() => tap(option.id)}
          />
        ))}
      </div>
      {told.several && (
        <button
          type="button"
          class="button primary"
          disabled={!chosen.length || !changed}
          onClick={() => {
            submit(item.id, "vote", { choices: chosen });
            setPicked(null);
          }}
        >
          {t("acts.poll_send")}
        </button>
      )}
      <Fate item={item.id} kept={mine.length > 0 && !changed} word={t("acts.poll_kept")} />
    </div>
  );
}

function Result({ item, told, mine }: { item: Item; told: Told; mine: string[] }) {
  const people = told.people || 0;
  return (
    <div class="act-poll">
      <Question item={item} text={told.question} />
      <p class="small">{t("acts.poll_people", { people })}</p>
      <div class="act-options">
        {told.options.map((option, index) => {
          const votes = (told.counts && told.counts[option.id]) || 0;
          const percent = people ? Math.round((100 * votes) / people) : 0;
          return (
            <div key={option.id} class={mine.indexOf(option.id) >= 0 ? "act-mine" : ""}>
              <OptionPlate index={index} text={option.text}>
                <b class="act-percent">{percent} %</b>
              </OptionPlate>
              <p class="small act-votes">
                {t("acts.poll_votes", { votes: number(votes) })}
                {mine.indexOf(option.id) >= 0 ? " · " + t("acts.poll_mine") : ""}
              </p>
            </div>
          );
        })}
      </div>
    </div>
  );
}
