/** A printed card was scanned or is being typed in: it becomes this phone's. */

import { useState } from "preact/hooks";
import { refusalText } from "../contest/api";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { shownCode } from "./card";
import { Problem, Screen } from "./parts";
import { go } from "./place";
import { Register } from "./register";
import { call, me, takeMe } from "./store";
import type { Me } from "./types";

export function Claim({ id }: { id: string }) {
  const [typed, setTyped] = useState(id);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const guest = me.value && me.value.guest;
  if (!guest && id) return <Register card={id} />;

  function submit(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    setBusy(true);
    call<Me>("/card", { body: { card: typed } }).then(
      (told) => {
        takeMe(told);
        go("card", "", true);
      },
      (error) => {
        setBusy(false);
        setProblem(refusalText(error));
      },
    );
  }

  return (
    <Screen title={t("claim.heading")} back="card">
      <form onSubmit={submit} noValidate>
        <Heading class="fe-title">{t("claim.heading")}</Heading>
        <p class="soft fe-lead">{t("claim.lead")}</p>
        <div class="field">
          <label for="card-code">{t("claim.code")}</label>
          <input
            id="card-code"
            class="input fe-code-input"
            type="text"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            maxLength={60}
            value={id ? shownCode(typed) : typed}
            readOnly={!!id}
            onInput={(input) => {
              setTyped(input.currentTarget.value);
              setProblem("");
            }}
          />
        </div>
        {problem && <Problem text={problem} />}
        <button type="submit" class="button primary" aria-disabled={busy}>
          {t("claim.take")}
        </button>
      </form>
    </Screen>
  );
}
