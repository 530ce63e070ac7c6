/** "My data": see and take what is kept, withdraw a consent, ask for a correction or for deletion. */

import { useEffect, useState } from "preact/hooks";
import { lang, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { ask, refusalText } from "./api";
import { AreaField } from "./fields";
import { loadForm, me, refresh } from "./me";
import { dayText, Problem, Screen } from "./parts";
import { slug } from "./place";
import type { ConsentAsked, Consents, DataRequest } from "./types";

const KINDS = ["correct", "withdraw", "delete"];

/** Hands a file to the browser. */
function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  document.body.appendChild(link);
  link.click();
  document.body.removeChild(link);
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function MyData() {
  const [told, setTold] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const entry = me.value!.value.entry!;

  function take(): void {
    setRefusal(null);
    ask<object>("/api/me/data").then((data) => {
      download("du-lieu-cua-toi.json", JSON.stringify(data, null, 2));
      setTold(t("data.saved"));
    }, setRefusal);
  }

  return (
    <Screen title={t("data.heading")} back>
      <Heading>{t("data.heading")}</Heading>
      <p class="lead">{t("data.lead")}</p>
      <dl class="figures">
        <dt>{t("enter.full_name")}</dt>
        <dd>{entry.name}</dd>
        {entry.commune && <dt>{t("enter.commune")}</dt>}
        {entry.commune && <dd>{entry.commune.name}</dd>}
        {entry.unit && <dt>{t("enter.unit")}</dt>}
        {entry.unit && <dd>{entry.unit.name}</dd>}
        {entry.group && <dt>{t("enter.group")}</dt>}
        {entry.group && <dd>{t("group." + entry.group)}</dd>}
        {entry.phone_tail && <dt>{t("enter.phone")}</dt>}
        {entry.phone_tail && <dd>••• {entry.phone_tail}</dd>}
      </dl>
      <button type="button" class="button quiet" onClick={take}>
        {t("data.take")}
      </button>
      <p class="told" role="status">
        {told}
      </p>
      {refusal !== null && <Problem text={refusalText(refusal)} />}
      <Consenting />
      <Requests />
    </Screen>
  );
}

/** Consents given, each of which may be withdrawn as easily as it was given. */
function Consenting() {
  const entry = me.value!.value.entry!;
  const [asked, setAsked] = useState<ConsentAsked[]>([]);
  const [refusal, setRefusal] = useState<unknown>(null);
  useEffect(() => {
    loadForm().then(
      (form) => setAsked(form.consents),
      () => undefined,
    );
  }, [lang.value]);
  function change(purpose: string, granted: boolean): void {
    setRefusal(null);
    ask<{ consents: Consents }>("/api/me/consents", { body: { contest: slug, purpose, granted } }).then(
      () => refresh(),
      setRefusal,
    );
  }
  if (!asked.length) return null;
  return (
    <section>
      <h2 class="section">{t("data.consents")}</h2>
      {refusal !== null && <Problem text={refusalText(refusal)} />}
      {asked.map((consent) => {
        const given = !!entry.consents[consent.purpose];
        return (
          <div key={consent.purpose} class="consent">
            <p>
              {(lang.value === "en" && consent.text_en) || consent.text_vi} <b>{t(given ? "data.given" : "data.not_given")}</b>
            </p>
            {!consent.required && (
              <button type="button" class="button quiet slim" onClick={() => change(consent.purpose, !given)}>
                {t(given ? "data.withdraw_consent" : "data.give_consent")}
              </button>
            )}
          </div>
        );
      })}
      <p class="hint">{t("data.required_note")}</p>
    </section>
  );
}

function Requests() {
  const [kind, setKind] = useState("");
  const [detail, setDetail] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [list, setList] = useState<DataRequest[]>([]);
  const load = () => {
    ask<{ requests: DataRequest[] }>("/api/me/requests").then(
      (told) => setList(told.requests),
      () => undefined,
    );
  };
  useEffect(load, []);

  function send(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    ask<DataRequest>("/api/me/requests", { body: { kind, detail: detail.trim() } })
      .then(() => {
        setBusy(false);
        setKind("");
        setDetail("");
        load();
        // A withdrawal counts at once.
        refresh();
      })
      .catch((error) => {
        setBusy(false);
        setRefusal(error);
      });
  }

  return (
    <section>
      <h2 class="section">{t("data.ask")}</h2>
      <div class="acts">
        {KINDS.map((one) => (
          <button
            key={one}
            type="button"
            class={"button quiet" + (kind === one ? " is-chosen" : "")}
            aria-expanded={kind === one}
            onClick={() => setKind(kind === one ? "" : one)}
          >
            {t("data." + one)}
          </button>
        ))}
      </div>
      {kind && (
        <form class="request" noValidate onSubmit={send}>
          <p>{t("data." + kind + "_what")}</p>
          <AreaField
            id="request-detail"
            label={t(kind === "correct" ? "data.detail_correct" : "data.detail")}
            optional={kind !== "correct"}
            rows={3}
            maxLength={1000}
            value={detail}
            onValue={setDetail}
          />
          {refusal !== null && <Problem text={refusalText(refusal)} />}
          <button type="submit" class="button primary" aria-disabled={busy} disabled={kind === "correct" && detail.trim().length < 5}>
            {t("data.send")}
          </button>
        </form>
      )}
      {list.length > 0 && (
        <ul class="complaints">
          {list.map((one) => (
            <li key={one.id}>
              <b>{t("data." + one.kind)}</b>
              <p class="small">
                {one.done_at
                  ? t("data.done", { day: dayText(one.done_at) })
                  : t("data.due", { opened: dayText(one.opened_at), due: dayText(one.due_at) })}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
