/** One's own data: see it, correct it, take a consent back, lose a card, leave. */

import { useState } from "preact/hooks";
import { refusalText } from "../contest/api";
import { t } from "../core/i18n";
import { Heading } from "../core/parts";
import { keep } from "../core/storage";
import { CardScreen } from "./card";
import { Problem, Screen } from "./parts";
import { festivalApi, go } from "./place";
import { beyondName, bodyOf, SaidFields, saidOf, type Said } from "./said";
import { call, me, takeMe } from "./store";
import type { Me } from "./types";

export function MyData() {
  const guest = me.value && me.value.guest;
  const [said, setSaid] = useState<Said>(saidOf(guest));
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState("");
  const [sure, setSure] = useState("");
  const [unticked, setUnticked] = useState(false);
  if (!guest) return <CardScreen />;

  function send(path: string, body: object, word: string): void {
    setProblem("");
    setTold("");
    call<Me | null>(path, { body }).then(
      (answer) => {
        if (answer) {
          const now = takeMe(answer);
          setSaid(saidOf(now.guest));
          setTold(t(word));
        } else gone();
      },
      (error) => setProblem(refusalText(error)),
    );
  }

  function gone(): void {
    keep("festival.qr", null);
    takeMe({ guest: null });
    go("now", "", true);
  }

  /** The first press asks, naming the consequence; the second does it. */
  function Careful({ name, path, body }: { name: string; path: string; body: object }) {
    return (
      <div class="fe-careful">
        {sure === name && (
          <p class="fe-sure" role="alert">
            {t("data." + name + "_sure")}
          </p>
        )}
        <button
          type="button"
          class={"button " + (sure === name ? "primary" : "quiet")}
          onClick={() => (sure === name ? (setSure(""), send(path, body, "data.saved")) : setSure(name))}
        >
          {t(sure === name ? "data." + name + "_do" : "data." + name)}
        </button>
      </div>
    );
  }

  return (
    <Screen title={t("data.heading")} back="card">
      <Heading class="fe-title">{t("data.heading")}</Heading>
      <form
        onSubmit={(pressed) => {
          pressed.preventDefault();
          if (beyondName(said) && !said.agreed) setUnticked(true);
          else send("/me", bodyOf(said), "data.saved");
        }}
        noValidate
      >
        <SaidFields
          value={said}
          unticked={unticked && !said.agreed}
          onChange={(next) => {
            setSaid(next);
            setTold("");
          }}
        />
        {guest.phone && <p class="fe-phone">{t("data.phone", { tail: guest.phone })}</p>}
        {problem && <Problem text={problem} />}
        <p class="fe-done" role="status">
          {told}
        </p>
        <button type="submit" class="button primary">
          {t("data.save")}
        </button>
      </form>
      <h2 class="fe-section">{t("data.more")}</h2>
      <div class="fe-acts">
        <a class="button quiet" href={festivalApi("/me/data")} download>
          {t("data.download")}
        </a>
        <button type="button" class="button quiet" onClick={() => go("claim")}>
          {t("data.claim")}
        </button>
        <Careful name="replace" path="/card/replace" body={{}} />
        {guest.consents && guest.consents.indexOf("publish_name") >= 0 && (
          <Careful name="forget_name" path="/me/withdraw" body={{ purpose: "publish_name" }} />
        )}
        {guest.phone && <Careful name="forget_phone" path="/me/withdraw" body={{ purpose: "phone" }} />}
        {beyondName(saidOf(guest)) && <Careful name="forget_place" path="/me/withdraw" body={{ purpose: "statistics" }} />}
        <Careful name="sign_out" path="/sign-out" body={{}} />
        <Careful name="erase" path="/me/erase" body={{}} />
      </div>
    </Screen>
  );
}
