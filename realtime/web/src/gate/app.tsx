/** Chooses the screen of a staff phone. Which one is shown lives as long as the page: nothing typed is ever lost to it. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../core/i18n";
import { load, ready } from "./camera";
import { Capture } from "./capture";
import { Claim, Confirm, Count, Posts } from "./forms";
import { More } from "./more";
import { Screen } from "./parts";
import { dead, info, pairings, post, record } from "./store";
import { flush } from "./sync";
import { Work } from "./work";

/** What a card is read for. */
export type Purpose = "scan" | "claim" | "check";
export type Place =
  | { name: "work" | "count" | "posts" | "more" }
  | { name: "capture"; purpose: Purpose; typed: boolean }
  | { name: "claim" | "confirm"; card: string; purpose: Purpose; typed: boolean };

export const place = signal<Place>({ name: "work" });

export function go(next: Place): void {
  place.value = next;
}

/** A card was read: what happens next depends on what it was read for. True: the camera goes on. */
export function onCard(card: string, purpose: Purpose, typed: boolean): boolean {
  const now = info.value;
  if (purpose === "claim") {
    go({ name: "claim", card, purpose, typed });
    return false;
  }
  if (purpose === "check" || (now && now.phone.role === "booth")) {
    go({ name: "confirm", card, purpose, typed });
    return false;
  }
  record({ do: "scan", card, typed: typed || undefined }).then(flush);
  if (typed) go({ name: "work" });
  return !typed;
}

function Unpaired() {
  return (
    <Screen title={t("gate.title")}>
      <h1>{t("gate.unpaired")}</h1>
      <p>{t("gate.unpaired_how")}</p>
    </Screen>
  );
}

function Starting() {
  return (
    <Screen title={t("gate.title")}>
      <div class="waiting" role="status">
        <span class="pulse" aria-hidden="true" />
        {t("gate.starting")}
      </div>
    </Screen>
  );
}

export function App() {
  const here = place.value;
  useEffect(() => {
    if (!ready.value) load().catch(() => undefined);
  }, [here.name]);
  if (!pairings.value.length) return <Unpaired />;
  if (!info.value) return dead.value ? <More /> : <Starting />;
  if (here.name === "more") return <More />;
  if (here.name === "posts" || (!post() && info.value.posts.length > 1)) return <Posts />;
  switch (here.name) {
    case "capture":
      return <Capture key={here.purpose} purpose={here.purpose} typed={here.typed} />;
    case "claim":
      return <Claim key={here.card} card={here.card} typed={here.typed} />;
    case "confirm":
      return <Confirm key={here.card} card={here.card} purpose={here.purpose} typed={here.typed} />;
    case "count":
      return <Count />;
    default:
      return <Work />;
  }
}
