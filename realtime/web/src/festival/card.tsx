/** The card: a big code to show, kept on this phone so that it shows without a network. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { keep, recall } from "../core/storage";
import { Screen } from "./parts";
import { go } from "./place";
import { Register } from "./register";
import { me, state } from "./store";
import type { Guest } from "./types";

const KEY = "festival.qr";

/** The drawing of a card's QR as an address for an image: from this phone, else from the server, once. */
function useQr(card: string): string | null {
  const [svg, setSvg] = useState<string | null>(() => {
    const kept = recall(KEY);
    return kept && kept.slice(0, card.length + 1) === card + " " ? kept.slice(card.length + 1) : null;
  });
  useEffect(() => {
    if (svg) return;
    fetch("/g/" + card + "/qr.svg")
      .then((response) => (response.ok ? response.text() : Promise.reject(response.status)))
      .then((text) => {
        keep(KEY, card + " " + text);
        setSvg(text);
      })
      .catch(() => undefined);
  }, [card, svg]);
  return svg && "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
}

export const shownCode = (card: string) => card.slice(0, 5) + "-" + card.slice(5);

function Card({ guest }: { guest: Guest }) {
  const qr = useQr(guest.card);
  return (
    <article class="fe-card">
      <p class="fe-card-name">{guest.name}</p>
      {qr ? (
        <img class="fe-qr" src={qr} alt={t("card.qr", { code: shownCode(guest.card) })} width="240" height="240" />
      ) : (
        <p class="fe-qr is-empty">{t("card.no_qr")}</p>
      )}
      <p class="fe-card-code">{shownCode(guest.card)}</p>
      <p class="small">{t("card.level_" + guest.level)}</p>
    </article>
  );
}

export function CardScreen() {
  const told = me.value;
  const guest = told && told.guest;
  if (!told) {
    return (
      <Screen title={t("festival.tab_card")}>
        <Heading>{t("festival.loading")}</Heading>
      </Screen>
    );
  }
  if (!guest) {
    if (state.value && state.value.festival.state !== "open") {
      return (
        <Screen title={t("festival.tab_card")}>
          <Heading>{t("festival.over")}</Heading>
        </Screen>
      );
    }
    return <Register card={null} />;
  }
  return (
    <Screen title={t("festival.tab_card")}>
      <Heading class="fe-title">{t("card.heading")}</Heading>
      <Card key={guest.card} guest={guest} />
      <p class="soft fe-middle">{t("card.show")}</p>
      <div class="fe-acts">
        {guest.level === "nickname" && (
          <button type="button" class="button quiet" onClick={() => go("phone")}>
            {t("card.confirm_phone")}
          </button>
        )}
        <a class="button quiet" href={"/g/" + guest.card}>
          {t("card.print")}
        </a>
        <button type="button" class="button quiet" onClick={() => go("me")}>
          {t("card.my_data")}
        </button>
      </div>
    </Screen>
  );
}
