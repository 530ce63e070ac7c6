/** The first screen: the one action, the team's week, the sessions of this phone's holder. */

import { useState } from "preact/hooks";
import { Brocade } from "../core/brocade";
import { number, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { momentText, Screen } from "./parts";
import { go } from "./place";
import { me, queue, receipts, startOver, undo } from "./store";
import { present } from "./store";
import type { Held, Me } from "./types";

function begin(): void {
  startOver();
  go("where");
}

export function Home() {
  const told = me.value!;
  const first = told.sessions.length === 0 && queue.items.value.length === 0;
  return (
    <Screen
      title={told.team.name}
      foot={
        <button type="button" class="button primary" onClick={begin}>
          {t("team.begin")}
        </button>
      }
    >
      <Heading>{told.team.name}</Heading>
      <p class="soft">
        {t("kind.team_" + told.team.kind)} · {told.team.commune}
      </p>
      <Week told={told} />
      {first ? <p class="note">{t("team.first")}</p> : <List told={told} />}
      <div class="band">
        <Brocade height={16} />
        <p class="small">{t("team.motto")}</p>
      </div>
    </Screen>
  );
}

function Week({ told }: { told: Me }) {
  const { people, mine, others, mean, total } = told.week;
  const ahead = people > mean;
  const words = !people ? "none" : !others || !mean ? "alone" : ahead ? "ahead" : people >= mean * 0.6 ? "near" : "behind";
  return (
    <section class="week" aria-labelledby="week">
      <h2 id="week">{t("team.week")}</h2>
      <p class="week-number">
        <b>{number(people)}</b> {t("team.people_guided")}
      </p>
      <p>{t("week." + words, { mean: Math.round(mean) })}</p>
      <p class="small">{t("team.mine", { mine, total })}</p>
    </section>
  );
}

function List({ told }: { told: Me }) {
  const items = queue.items.value;
  const undoing = items.filter((thing) => thing.value.op === "undo").map((thing) => (thing.value as { nonce: string }).nonce);
  const known = told.sessions.map((one) => one.nonce);
  return (
    <section aria-labelledby="mine">
      <h2 class="section" id="mine">
        {t("team.sessions")}
      </h2>
      <ul class="held">
        {items.map((thing) => {
          const act = thing.value;
          if (act.op !== "record" || known.indexOf(thing.id) >= 0) return null;
          return (
            <li key={thing.id}>
              <p>
                <b>{t("kind." + act.draft.kind)}</b> · {t("team.people", { n: present(act.draft) })}
              </p>
              <p class="soft">{momentText(act.saidAt)}</p>
              {thing.refused ? (
                <>
                  <p class="problem">{thing.refused}</p>
                  <button type="button" class="button quiet slim" onClick={() => undo(thing.id)}>
                    {t("team.drop")}
                  </button>
                </>
              ) : (
                <p class="fate is-sending">
                  <Sign name="wait" /> {undoing.indexOf(thing.id) >= 0 ? t("team.undo_waiting") : t("team.waiting")}
                </p>
              )}
            </li>
          );
        })}
        {Object.keys(receipts.value).map((nonce) => {
          const receipt = receipts.value[nonce]!;
          // Stored, and the list that says so is still on its way.
          if (receipt.undone || known.indexOf(nonce) >= 0 || items.some((thing) => thing.id === nonce)) return null;
          return (
            <li key={nonce}>
              <p>
                <b>{t("team.people", { n: receipt.people })}</b>
              </p>
              <p class="soft">{momentText(receipt.held_at)}</p>
              <p class="fate is-saved">
                <Sign name="tick" /> {t("team.saved")}
              </p>
            </li>
          );
        })}
        {told.sessions.map((one) => (
          <Line key={one.nonce} one={one} told={told} undoing={undoing.indexOf(one.nonce) >= 0} />
        ))}
      </ul>
    </section>
  );
}

function Line({ one, told, undoing }: { one: Held; told: Me; undoing: boolean }) {
  const [sure, setSure] = useState(false);
  const young = told.now - one.received_at < told.undo_ms;
  const refused = queue.items.value.filter((thing) => thing.id === "undo-" + one.nonce && thing.refused)[0];
  return (
    <li class={one.undone ? "is-undone" : ""}>
      <p>
        <b>{t("kind." + one.kind)}</b> · {t("team.people", { n: one.people })}
      </p>
      <p class="soft">
        {momentText(one.held_at)}
        {one.where && " · " + one.where}
      </p>
      {one.undone ? (
        <p class="fate">{t(one.by_office ? "team.undone_office" : "team.undone")}</p>
      ) : undoing && !refused ? (
        <p class="fate is-sending">
          <Sign name="wait" /> {t("team.undo_waiting")}
        </p>
      ) : (
        <p class="fate is-saved">
          <Sign name="tick" /> {t("team.saved")}
        </p>
      )}
      {refused && <p class="problem">{refused.refused}</p>}
      {!one.undone && !undoing && young && (
        <div class="undo">
          {sure ? (
            <>
              <button type="button" class="button quiet slim" onClick={() => undo(one.nonce)}>
                {t("team.undo_sure", { n: one.people })}
              </button>
              <button type="button" class="button link slim" onClick={() => setSure(false)}>
                {t("team.undo_not")}
              </button>
            </>
          ) : (
            <button type="button" class="button link slim" onClick={() => setSure(true)}>
              {t("team.undo")}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

export function Sign({ name }: { name: "tick" | "wait" }) {
  return (
    <svg viewBox="0 0 24 24" class="sign" aria-hidden="true" focusable="false">
      <path
        d={name === "tick" ? "M4 13l6 6L20 5" : "M12 3a9 9 0 1 0 .1 0M12 7v5l4 3"}
        fill="none"
        stroke="currentColor"
        stroke-width="3"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
