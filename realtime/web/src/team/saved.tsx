/** Whether the session has arrived, in one glance. */

import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { Sign } from "./home";
import { Screen } from "./parts";
import { go, shown } from "./place";
import { queue, receipts, startOver } from "./store";

export function Saved() {
  const nonce = shown.value;
  const receipt = receipts.value[nonce];
  const waiting = queue.items.value.filter((thing) => thing.id === nonce)[0];
  const refused = waiting && waiting.refused;
  const title = refused ? "team.not_saved" : receipt || !waiting ? "team.saved_title" : "team.kept";
  return (
    <Screen
      title={t(title)}
      foot={
        <>
          <button
            type="button"
            class="button primary"
            onClick={() => {
              startOver();
              go("where", "", true);
            }}
          >
            {t("team.again")}
          </button>
          <button type="button" class="button quiet" onClick={() => go("home", "", true)}>
            {t("team.home")}
          </button>
        </>
      }
    >
      <div class={"verdict" + (refused ? " is-bad" : receipt ? " is-good" : "")} role="status">
        <Sign name={receipt ? "tick" : "wait"} />
        <Heading>{t(title)}</Heading>
      </div>
      {refused ? (
        <p class="problem">{refused}</p>
      ) : receipt ? (
        <p class="middle-text">{t("team.thanks", { n: receipt.people })}</p>
      ) : (
        <p class="middle-text">{t(waiting && waiting.late ? "team.kept_why" : "team.sending")}</p>
      )}
      {receipt && receipt.unknown.length > 0 && <p class="note">{t("team.cards_unknown", { cards: receipt.unknown.join(", ") })}</p>}
    </Screen>
  );
}
