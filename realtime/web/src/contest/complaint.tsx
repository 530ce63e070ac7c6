/** Complaints: write one, and see what became of the earlier ones. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { ask, refusalText } from "./api";
import { AreaField } from "./fields";
import { attemptName } from "./home";
import { mine } from "./me";
import { momentText, Problem, Screen, Waiting } from "./parts";
import { contestApi } from "./place";
import type { Complaint } from "./types";

/** What is being written, as long as the page lives: words about a person do not stay on a borrowed phone. */
let draft = "";
const STATES = ["open", "upheld", "partly", "rejected"];

export function Complain({ attempt }: { attempt: string }) {
  const [text, setText] = useState(draft);
  const [evidence, setEvidence] = useState("");
  const [about, setAbout] = useState(attempt);
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState<{ late: boolean } | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [list, setList] = useState<Complaint[] | null>(null);
  const [wrong, setWrong] = useState("");
  const attempts = mine.value ? mine.value.value.attempts : [];

  function load(): void {
    ask<{ complaints: Complaint[] }>(contestApi("/complaints")).then(
      (told) => setList(told.complaints),
      () => setList([]),
    );
  }
  useEffect(load, []);

  function send(pressed: Event): void {
    pressed.preventDefault();
    if (busy) return;
    if (text.trim().length < 10) {
      setWrong(t("complain.short"));
      const box = document.getElementById("complaint-text");
      if (box) box.focus();
      return;
    }
    setBusy(true);
    setRefusal(null);
    const body = { text: text.trim(), evidence: evidence.trim(), attempt: about || null };
    ask<{ id: string; late: boolean }>(contestApi("/complaints"), { body })
      .then((made) => {
        setBusy(false);
        setSent(made);
        setText("");
        setEvidence("");
        draft = "";
        load();
      })
      .catch((error) => {
        setBusy(false);
        setRefusal(error);
      });
  }

  return (
    <Screen title={t("complain.heading")} back>
      <Heading>{t("complain.heading")}</Heading>
      {sent ? (
        <p class="done-note" role="status">
          {t("complain.sent")} {sent.late && t("complain.late")}
        </p>
      ) : (
        <form noValidate onSubmit={send}>
          <p class="lead">{t("complain.lead")}</p>
          {attempts.length > 0 && (
            <div class="field">
              <label for="complaint-about">{t("complain.about")}</label>
              <select
                id="complaint-about"
                class="input"
                value={about}
                onChange={(changed) => setAbout(changed.currentTarget.value)}
              >
                <option value="">{t("complain.about_all")}</option>
                {attempts.map((one) => (
                  <option key={one.id} value={one.id}>
                    {attemptName(one)}, {momentText(one.submitted_at)}
                  </option>
                ))}
              </select>
            </div>
          )}
          <AreaField
            id="complaint-text"
            label={t("complain.text")}
            hint={t("complain.text_hint")}
            problem={wrong}
            maxLength={2000}
            value={text}
            onValue={(next) => {
              setText(next);
              setWrong("");
              draft = next;
            }}
          />
          <AreaField
            id="complaint-evidence"
            label={t("complain.evidence")}
            hint={t("complain.evidence_hint")}
            optional
            rows={3}
            maxLength={1000}
            value={evidence}
            onValue={setEvidence}
          />
          {refusal !== null && <Problem text={refusalText(refusal)} />}
          <button type="submit" class="button primary" aria-disabled={busy}>
            {busy ? t("complain.sending") : t("complain.send")}
          </button>
        </form>
      )}
      <h2 class="section">{t("complain.mine")}</h2>
      {list === null ? (
        <Waiting />
      ) : list.length ? (
        <ul class="complaints">
          {list.map((one) => (
            <li key={one.id}>
              <p class="small">
                {momentText(one.received_at)} ·{" "}
                <b>{t("complain.state_" + (STATES.indexOf(one.state) >= 0 ? one.state : "decided"))}</b>
              </p>
              <p class="said">{one.text}</p>
              {one.decision && (
                <p class="said">
                  <b>{t("complain.decision")}</b> {one.decision}
                </p>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft">{t("complain.none")}</p>
      )}
    </Screen>
  );
}
