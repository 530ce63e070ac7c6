/** The way back in: the personal code with the phone number, a code sent to the phone, or an identity provider. */

import { useEffect, useState } from "preact/hooks";
import { lang, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { ask, Refusal, refusalText } from "./api";
import { SendAgain } from "./confirm";
import { Digits } from "./digits";
import { TextField } from "./fields";
import { loadForm, refresh } from "./me";
import { Problem, Screen } from "./parts";
import { contestApi, go } from "./place";
import type { CodeSent, EntryForm } from "./types";

interface Person {
  id: string | number;
  name: string;
}

export function SignIn() {
  const [form, setForm] = useState<EntryForm | null>(null);
  const [byPhone, setByPhone] = useState(false);
  useEffect(() => {
    loadForm().then(setForm, () => undefined);
  }, [lang.value]);
  const ways = form && form.sign_in;
  return (
    <Screen title={t("sign.heading")} back>
      <Heading>{t("sign.heading")}</Heading>
      {byPhone ? <ByPhone /> : <ByCode />}
      {ways && ways.phone && (
        <button type="button" class="button link" onClick={() => setByPhone(!byPhone)}>
          {t(byPhone ? "sign.by_code" : "sign.by_phone")}
        </button>
      )}
      {ways && ways.oidc && (
        <a class="button quiet" href={ways.oidc.url}>
          {t("sign.by_provider", { name: ways.oidc.name })}
        </a>
      )}
      <p class="small">{t("sign.lost")}</p>
    </Screen>
  );
}

/** Signs in, and asks which person it is when several share a phone. */
function useSignIn() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [people, setPeople] = useState<Person[] | null>(null);
  function send(body: object): void {
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    ask(contestApi("/sign-in"), { body })
      .then(() => refresh())
      .then(() => go("home", "", true))
      .catch((error) => {
        setBusy(false);
        if (error instanceof Refusal && error.code === "several_people") setPeople(error.body["people"] as Person[]);
        else setRefusal(error);
      });
  }
  return { busy, refusal, people, send };
}

function ByCode() {
  const [code, setCode] = useState("");
  const [phone, setPhone] = useState("");
  const { busy, refusal, people, send } = useSignIn();
  const body = { code: code.replace(/[\s-]/g, "").toUpperCase(), phone: phone.trim() || null };
  return (
    <form
      noValidate
      onSubmit={(pressed) => {
        pressed.preventDefault();
        send(body);
      }}
    >
      <p class="lead">{t("sign.by_code_lead")}</p>
      <TextField
        id="personal-code"
        label={t("code.label")}
        hint={t("sign.code_hint")}
        value={code}
        maxLength={16}
        onValue={setCode}
      />
      <TextField
        id="sign-phone"
        label={t("enter.phone")}
        hint={t("sign.phone_hint")}
        type="tel"
        autocomplete="tel"
        maxLength={24}
        value={phone}
        onValue={setPhone}
      />
      {refusal !== null && <Problem text={refusalText(refusal)} />}
      {people && <People people={people} choose={(person) => send({ ...body, person })} />}
      <button type="submit" class="button primary" aria-disabled={busy}>
        {busy ? t("sign.busy") : t("sign.send")}
      </button>
    </form>
  );
}

function ByPhone() {
  const [phone, setPhone] = useState("");
  const [sent, setSent] = useState(false);
  const [asking, setAsking] = useState(false);
  const [digits, setDigits] = useState("");
  const [failed, setFailed] = useState<unknown>(null);
  const { busy, refusal, people, send } = useSignIn();
  const askCode = () => ask<CodeSent>(contestApi("/phone-code"), { body: { purpose: "sign_in", phone } });
  const body = { phone: phone.trim(), phone_code: digits };

  function first(pressed: Event): void {
    pressed.preventDefault();
    if (asking) return;
    setAsking(true);
    setFailed(null);
    askCode().then(
      () => {
        setAsking(false);
        setSent(true);
      },
      (error) => {
        setAsking(false);
        setFailed(error);
      },
    );
  }

  if (!sent) {
    return (
      <form noValidate onSubmit={first}>
        <p class="lead">{t("sign.by_phone_lead")}</p>
        <TextField
          id="sign-phone"
          label={t("enter.phone")}
          type="tel"
          autocomplete="tel"
          maxLength={24}
          value={phone}
          onValue={setPhone}
        />
        {failed !== null && <Problem text={refusalText(failed)} />}
        <button type="submit" class="button primary" aria-disabled={asking}>
          {t("sign.send_code")}
        </button>
      </form>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(pressed) => {
        pressed.preventDefault();
        send(body);
      }}
    >
      <p class="lead">{t("sign.code_sent")}</p>
      <Digits
        id="phone-code"
        label={t("confirm.code")}
        hint={t("confirm.hint")}
        value={digits}
        wrong={!!refusal}
        onValue={setDigits}
      />
      {refusal !== null && <Problem text={refusalText(refusal)} />}
      {people && <People people={people} choose={(person) => send({ ...body, person })} />}
      <button type="submit" class="button primary" aria-disabled={busy || digits.length < 6}>
        {busy ? t("sign.busy") : t("sign.send")}
      </button>
      <SendAgain send={askCode} />
    </form>
  );
}

function People({ people, choose }: { people: Person[]; choose(id: string | number): void }) {
  return (
    <div class="people">
      <p>{t("sign.which")}</p>
      {people.map((person) => (
        <button key={person.id} type="button" class="button quiet" onClick={() => choose(person.id)}>
          {person.name}
        </button>
      ))}
    </div>
  );
}
