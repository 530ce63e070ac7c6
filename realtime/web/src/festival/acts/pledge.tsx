/** Signing a pledge: read it, say whether the name may be shown, sign. The signature may be taken back. */

import { useState } from "preact/hooks";
import { refusalText } from "../../contest/api";
import { number, t } from "../../core/i18n";
import { call, refreshMe } from "../store";
import type { ActProps } from "../types";
import { Fate, NoCard, Wait, needsCard } from "./parts";
import { forget, keptOf, submit, waitingFor } from "./sending";

interface Told {
  state: "ready" | "open" | "closed";
  texts: string[];
  people?: number;
  units?: number;
}

interface Signed {
  id: number;
  text: string;
  state?: string;
}

export function PledgeAct({ item, state, me }: ActProps) {
  const told = state.live[String(item.id)] as unknown as Told | undefined;
  const [text, setText] = useState(0);
  const [agreed, setAgreed] = useState(false);
  if (!told) return <Wait words={t("acts.soon")} />;
  const thing = waitingFor(item.id);
  const kept = keptOf<Signed>(me, "pledges", item.id);
  const signed = kept && kept.state !== "withdrawn" && kept.state !== "void" ? kept : null;
  const sending = thing && !thing.refused;
  if (signed || sending) {
    const words = signed ? signed.text : told.texts[Number(thing!.value.body["text"])] || "";
    return (
      <div class="act-pledge">
        <blockquote class="act-text-block">{words}</blockquote>
        <Fate item={item.id} kept={!!signed} word={t("acts.pledge_kept")} />
        {signed && told.state === "closed" && told.people !== undefined && (
          <p class="small">{t("acts.pledge_total", { people: number(told.people), units: number(told.units || 0) })}</p>
        )}
        {signed && <Withdraw item={item.id} pledge={signed.id} />}
      </div>
    );
  }
  if (told.state === "closed") {
    return <Wait words={t("acts.pledge_total", { people: number(told.people || 0), units: number(told.units || 0) })} />;
  }
  if (told.state !== "open") return <Wait words={t("acts.pledge_soon")} />;
  if (needsCard(me)) return <NoCard />;
  return (
    <form
      class="act-pledge"
      onSubmit={(event) => {
        event.preventDefault();
        submit(item.id, "pledge", { text, agreed });
      }}
    >
      {told.texts.length === 1 ? (
        <blockquote class="act-text-block">{told.texts[0]}</blockquote>
      ) : (
        <fieldset class="act-texts">
          <legend>{t("acts.pledge_choose")}</legend>
          {told.texts.map((words, index) => (
            <label key={index} class={"act-choice" + (index === text ? " is-chosen" : "")}>
              <input type="radio" name="text" checked={index === text} onChange={() => setText(index)} />
              <span>{words}</span>
            </label>
          ))}
        </fieldset>
      )}
      <label class="act-agree">
        <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.currentTarget.checked)} />
        <span>{t("acts.pledge_agree")}</span>
      </label>
      <Fate item={item.id} kept={false} word="" />
      <button type="submit" class="button primary">
        {t("acts.pledge_sign")}
      </button>
    </form>
  );
}

function Withdraw({ item, pledge }: { item: number; pledge: number }) {
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState("");
  if (!asked) {
    return (
      <button type="button" class="button link" onClick={() => setAsked(true)}>
        {t("acts.pledge_withdraw")}
      </button>
    );
  }
  return (
    <div class="act-sure">
      <p>{t("acts.pledge_sure")}</p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <button
        type="button"
        class="button quiet"
        onClick={() =>
          call("/acts/" + item + "/pledge/withdraw", { body: { pledge } })
            .then(() => refreshMe())
            .then(
              () => forget(item),
              (error) => setProblem(refusalText(error)),
            )
        }
      >
        {t("acts.pledge_withdraw_do")}
      </button>
      <button type="button" class="button link" onClick={() => setAsked(false)}>
        {t("acts.pledge_stay")}
      </button>
    </div>
  );
}
