/** Taking a card: a nickname is enough. With `card`: the printed one whose code was scanned. */

import { useState } from "preact/hooks";
import { Refusal, refusalText } from "../contest/api";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { randomId } from "../play/device";
import { Problem, Screen } from "./parts";
import { go } from "./place";
import { beyondName, bodyOf, SaidFields, saidOf, type Said } from "./said";
import { call, takeMe } from "./store";
import type { Me } from "./types";

export function Register({ card }: { card: string | null }) {
  const [said, setSaid] = useState<Said>(saidOf(null));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [unticked, setUnticked] = useState(false);
  // Of this form: sent again after a lost answer, it is the same guest.
  const [id] = useState(randomId);

  function submit(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    if (!said.name.trim()) {
      setProblem(t("error.name_empty"));
      const field = document.getElementById("name");
      if (field) field.focus();
      return;
    }
    if (beyondName(said) && !said.agreed) {
      setUnticked(true);
      const box = document.getElementById("agreed");
      if (box) box.focus();
      return;
    }
    setBusy(true);
    setProblem("");
    call<Me>("/hello", { body: card ? { ...bodyOf(said), id, card } : { ...bodyOf(said), id } }).then(
      (told) => {
        takeMe(told);
        go("card", "", true);
      },
      (error: Refusal) => {
        setBusy(false);
        setProblem(refusalText(error));
      },
    );
  }

  return (
    <Screen title={t("register.heading")}>
      <form id="register" onSubmit={submit} noValidate>
        <Heading class="fe-title">{t("register.heading")}</Heading>
        <p class="soft fe-lead">{t(card ? "register.with_card" : "register.lead")}</p>
        <SaidFields
          value={said}
          unticked={unticked && !said.agreed}
          onChange={(next) => {
            setSaid(next);
            setProblem("");
          }}
        />
        {problem && <Problem text={problem} />}
        <button type="submit" class="button primary" aria-disabled={busy}>
          {t(busy ? "register.taking" : "register.take")}
        </button>
      </form>
    </Screen>
  );
}
