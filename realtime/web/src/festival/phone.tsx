/** Confirming a phone number: the number and a consent, then the code that came, then perhaps who one is. */

import { useState } from "preact/hooks";
import { Refusal, refusalText } from "../contest/api";
import { Digits } from "../contest/digits";
import { TickField } from "../contest/fields";
import { lang, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { Problem, Screen } from "./parts";
import { go } from "./place";
import { call, me, takeMe } from "./store";
import type { Me } from "./types";

interface Sharing {
  card: string;
  name: string;
}

export function Phone() {
  const guest = me.value && me.value.guest;
  const child = !!guest && guest.age_band === "u16";
  const [phone, setPhone] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [guardian, setGuardian] = useState(false);
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"number" | "code">("number");
  const [people, setPeople] = useState<Sharing[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  function refused(error: unknown): void {
    setBusy(false);
    if (error instanceof Refusal && error.code === "phone_shared") {
      const listed = error.body["people"];
      setPeople(Array.isArray(listed) ? listed : []);
      setProblem("");
      return;
    }
    setProblem(refusalText(error));
  }

  function send(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    if (!agreed) {
      setProblem(t("error.guest_consent_phone"));
      return;
    }
    setBusy(true);
    setProblem("");
    call("/phone", { body: { phone, consent: true, lang: lang.value } }).then(() => {
      setBusy(false);
      setStep("code");
    }, refused);
  }

  function confirm(am: string | null): void {
    if (busy) return;
    setBusy(true);
    setProblem("");
    const body = { phone, consent: true, guardian, code, am, lang: lang.value };
    call<Me>("/phone/confirm", { body }).then((told) => {
      takeMe(told);
      go("card", "", true);
    }, refused);
  }

  if (people.length) {
    return (
      <Screen title={t("phone.heading")} back="card">
        <Heading class="fe-title">{t("phone.who")}</Heading>
        <p class="soft fe-lead">{t("phone.who_lead")}</p>
        <div class="fe-acts">
          {people.map((one) => (
            <button key={one.card} type="button" class="button quiet" onClick={() => confirm(one.card)}>
              {t("phone.i_am", { name: one.name || one.card })}
            </button>
          ))}
          <button type="button" class="button quiet" onClick={() => confirm("")}>
            {t("phone.another")}
          </button>
        </div>
        {problem && <Problem text={problem} />}
      </Screen>
    );
  }
  return (
    <Screen title={t("phone.heading")} back="card">
      <Heading class="fe-title">{t("phone.heading")}</Heading>
      {step === "number" ? (
        <form onSubmit={send} noValidate>
          <p class="soft fe-lead">{t("phone.lead")}</p>
          <div class="field">
            <label for="phone">{t("phone.number")}</label>
            <input
              id="phone"
              class="input"
              type="tel"
              inputMode="tel"
              autocomplete="tel"
              maxLength={30}
              value={phone}
              onInput={(typed) => {
                setPhone(typed.currentTarget.value);
                setProblem("");
              }}
            />
          </div>
          <TickField id="phone-agreed" checked={agreed} onChange={setAgreed}>
            {t("consent.phone")}
          </TickField>
          {child && (
            <TickField id="guardian" checked={guardian} onChange={setGuardian}>
              {t("phone.guardian")}
            </TickField>
          )}
          {problem && <Problem text={problem} />}
          <button type="submit" class="button primary" aria-disabled={busy}>
            {t("phone.send")}
          </button>
        </form>
      ) : (
        <form
          onSubmit={(pressed) => {
            pressed.preventDefault();
            confirm(null);
          }}
          noValidate
        >
          <Digits id="code" label={t("phone.code")} hint={t("phone.code_hint")} value={code} onValue={setCode} />
          {problem && <Problem text={problem} />}
          <button type="submit" class="button primary" aria-disabled={busy || code.length < 6}>
            {t("phone.confirm")}
          </button>
          <button type="button" class="button quiet fe-gap" onClick={() => setStep("number")}>
            {t("phone.other_number")}
          </button>
        </form>
      )}
    </Screen>
  );
}
