/** The code sent to the phone, typed in once; and another one when it did not come. */

import { useState } from "preact/hooks";
import { deadline, useSecondsLeft } from "../core/countdown";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { ask, Refusal, refusalText } from "./api";
import { Digits } from "./digits";
import { me, refresh } from "./me";
import { Problem, Screen } from "./parts";
import { contestApi, go } from "./place";
import type { CodeSent, Entry } from "./types";

/** When another code may be asked for: performance.now(). */
let resendAt = 0;

/** "Send again", once the server's pause is over. */
export function SendAgain({ send }: { send(): Promise<CodeSent> }) {
  const [again, setAgain] = useState(resendAt);
  const [told, setTold] = useState("");
  const left = useSecondsLeft(again ? { end: again } : deadline(null, 0));
  const wait = left !== null && left > 0;
  function press(): void {
    setTold("");
    send().then(
      (sent) => {
        resendAt = performance.now() + sent.resend_in_ms;
        setAgain(resendAt);
        setTold(t("confirm.sent"));
      },
      (error) => setTold(refusalText(error)),
    );
  }
  return (
    <>
      <p class="told" role="status">
        {told}
      </p>
      <button type="button" class="button quiet" disabled={wait} onClick={press}>
        {wait ? t("confirm.again_in", { seconds: left }) : t("confirm.again")}
      </button>
    </>
  );
}

export function ConfirmPhone() {
  const [digits, setDigits] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const entry = me.value && me.value.value.entry;

  function check(code: string): void {
    if (busy || code.length !== 6) return;
    setBusy(true);
    setRefusal(null);
    ask<{ entry: Entry }>(contestApi("/confirm"), { body: { code } })
      .then(() => refresh())
      .then(() => go("home", "", true))
      .catch((error) => {
        setBusy(false);
        setRefusal(error);
        if (error instanceof Refusal && error.code.indexOf("code_") === 0) setDigits("");
      });
  }

  return (
    <Screen title={t("confirm.heading")} back>
      <Heading>{t("confirm.heading")}</Heading>
      <p class="lead">{t("confirm.where", { tail: (entry && entry.phone_tail) || "" })}</p>
      <Digits
        id="phone-code"
        label={t("confirm.code")}
        hint={t("confirm.hint")}
        value={digits}
        wrong={!!refusal}
        onValue={(next) => {
          setDigits(next);
          if (next.length === 6) check(next);
        }}
      />
      {refusal !== null && <Problem text={refusalText(refusal)} />}
      <button type="button" class="button primary" aria-disabled={busy || digits.length < 6} onClick={() => check(digits)}>
        {busy ? t("confirm.checking") : t("confirm.check")}
      </button>
      <SendAgain send={() => ask<CodeSent>(contestApi("/phone-code"), { body: { purpose: "confirm" } })} />
    </Screen>
  );
}
