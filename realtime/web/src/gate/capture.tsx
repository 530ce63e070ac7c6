/** Reading a card: by the camera, by a picture that is taken, by typing. Hands over codes whose check is right only. */

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../core/i18n";
import { buzz } from "../play/device";
import { go, onCard, type Purpose } from "./app";
import { canFilm, load, look, readPicture } from "./camera";
import { parseCard } from "./card";
import { aboutOf, Screen, Sign, toneOf, wordOf } from "./parts";
import { beep } from "./sound";
import { current, lines } from "./store";

const EVERY_MS = 140;
/** The same card in front of the camera is one scan, until it has been away for a while. */
const SAME_MS = 4000;

function Film({ purpose, onTrouble }: { purpose: Purpose; onTrouble(): void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [strange, setStrange] = useState(false);
  useEffect(() => {
    let stream: MediaStream | null = null;
    let over = false;
    let timer = 0;
    let before = { card: "", at: 0 };
    function heard(text: string): boolean {
      const card = parseCard(text);
      setStrange(card === null);
      if (card === null) return true;
      const now = Date.now();
      const same = card === before.card && now - before.at < SAME_MS;
      before = { card, at: now };
      if (same) return true;
      beep();
      buzz(60);
      return onCard(card, purpose, false);
    }
    function step(): void {
      const shownNow = video.current;
      if (over || !shownNow) return;
      const again = () => {
        if (!over) timer = window.setTimeout(step, EVERY_MS);
      };
      look(shownNow).then((text) => {
        if (over) return;
        if (text === null) again();
        else if (heard(text)) again();
      }, again);
    }
    load().catch(() => undefined);
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } }, audio: false })
      .then((given) => {
        stream = given;
        if (over || !video.current) {
          given.getTracks().forEach((track) => track.stop());
          return;
        }
        video.current.srcObject = given;
        const playing = video.current.play();
        if (playing) playing.catch(() => undefined);
        step();
      })
      .catch(onTrouble);
    return () => {
      over = true;
      clearTimeout(timer);
      if (stream) stream.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return (
    <div class="film">
      <video ref={video} muted playsInline aria-label={t("capture.film")} />
      {strange && (
        <p class="film-word is-warn" role="status">
          {t("capture.strange")}
        </p>
      )}
    </div>
  );
}

/** What the last scan came to, over the camera. */
function Last() {
  const line = lines.value.filter((one) => one.nonce === current.value)[0];
  if (!line) return null;
  const tone = toneOf(line);
  return (
    <p class={"film-word is-" + tone} role="status">
      <Sign tone={tone} /> {wordOf(line)} · {aboutOf(line)}
    </p>
  );
}

function Picture({ purpose, onStrange }: { purpose: Purpose; onStrange(key: string): void }) {
  const [busy, setBusy] = useState(false);
  return (
    <label class={"button quiet picture" + (busy ? " is-busy" : "")}>
      {busy ? t("capture.reading") : t("capture.picture")}
      <input
        type="file"
        accept="image/*"
        capture="environment"
        class="only-read"
        onChange={(changed) => {
          const input = changed.currentTarget;
          const file = input.files && input.files[0];
          if (!file) return;
          setBusy(true);
          readPicture(file)
            .catch(() => null)
            .then((text) => {
              setBusy(false);
              input.value = "";
              const card = text === null ? null : parseCard(text);
              if (card === null) onStrange(text === null ? "capture.unread" : "capture.strange");
              else if (onCard(card, purpose, false)) go({ name: "work" });
            });
        }}
      />
    </label>
  );
}

export function Capture({ purpose, typed }: { purpose: Purpose; typed: boolean }) {
  const [films, setFilms] = useState(!typed && canFilm());
  const [trouble, setTrouble] = useState(false);
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!films && field.current) field.current.focus();
  }, [films]);

  function submit(): void {
    const card = parseCard(text);
    if (card === null) {
      setWrong("capture.typo");
      buzz(200);
      return;
    }
    onCard(card, purpose, true);
  }

  return (
    <Screen title={t("capture." + purpose)} onBack={() => go({ name: "work" })}>
      <h1>{t("capture." + purpose)}</h1>
      {films ? (
        <>
          <Film
            purpose={purpose}
            onTrouble={() => {
              setFilms(false);
              setTrouble(true);
            }}
          />
          <Last />
          <button type="button" class="button quiet spaced" onClick={() => setFilms(false)}>
            {t("work.type")}
          </button>
        </>
      ) : (
        <>
          {trouble && <p class="problem">{t("capture.no_camera")}</p>}
          {!canFilm() && <p class="soft">{t("capture.insecure")}</p>}
          <Picture purpose={purpose} onStrange={setWrong} />
          <form
            onSubmit={(sent) => {
              sent.preventDefault();
              submit();
            }}
          >
            <div class="field spaced">
              <label for="card">{t("capture.code")}</label>
              <input
                id="card"
                ref={field}
                class={"input code-text" + (wrong ? " is-wrong" : "")}
                type="text"
                autocomplete="off"
                autocapitalize="characters"
                autocorrect="off"
                spellcheck={false}
                maxLength={60}
                value={text}
                aria-describedby="card-under"
                aria-invalid={wrong !== ""}
                onInput={(changed) => {
                  setText(changed.currentTarget.value);
                  setWrong("");
                }}
              />
              <p id="card-under" class={wrong ? "wrong" : "hint"} role="status">
                {t(wrong || "capture.code_hint")}
              </p>
            </div>
            <button type="submit" class="button primary">
              {t("capture.done")}
            </button>
          </form>
          {canFilm() && !trouble && (
            <button type="button" class="button quiet spaced" onClick={() => setFilms(true)}>
              {t("capture.use_camera")}
            </button>
          )}
        </>
      )}
    </Screen>
  );
}
