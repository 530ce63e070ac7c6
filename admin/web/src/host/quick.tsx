/** "Ask the hall": a poll or a word cloud of the host's own, put right after the present question. */

import { useState } from "preact/hooks";
import type { HostState } from "../../../../realtime/web/src/core/frames";
import { t } from "../../../../realtime/web/src/core/i18n";
import type { Control } from "./controls";
import { closeDialog, openPart } from "./dialogs";
import { ask, say } from "./session";
import { isFinal } from "./steps";

const FEWEST = 2;
const MOST = 6;
const LETTERS = "ABCDEF";

export function quickControls(shown: HostState): Control[] {
  const may = !isFinal(shown.phase) && shown.phase !== "podium";
  return [
    {
      id: "quick",
      key: "H",
      label: t("quick.open"),
      enabled: may,
      run: () => openPart(t("quick.title"), () => <QuickForm />),
    },
  ];
}

function QuickForm() {
  const [cloud, setCloud] = useState(false);
  const [text, setText] = useState("");
  const [options, setOptions] = useState<string[]>(["", ""]);
  const [words, setWords] = useState(3);
  const [seconds, setSeconds] = useState(30);
  const filled = options.map((option) => option.trim()).filter(Boolean);
  const complete = text.trim() !== "" && (cloud || filled.length >= FEWEST);
  function send(submitted: Event): void {
    submitted.preventDefault();
    if (!complete) return;
    const question = cloud
      ? { type: "cloud", text: text.trim(), words, seconds }
      : { type: "poll", text: text.trim(), options: filled, seconds };
    closeDialog();
    void ask("insert", { ask: question }).then((done) => done && say(t("quick.done")));
  }
  function write(place: number, typed: string): void {
    const next = options.map((option, i) => (i === place ? typed : option));
    if (place === next.length - 1 && typed.trim() && next.length < MOST) next.push("");
    setOptions(next);
  }
  return (
    <form class="h-quick" onSubmit={send}>
      <p class="h-quick-kinds">
        <label>
          <input type="radio" name="kind" checked={!cloud} onChange={() => setCloud(false)} />
          <span>{t("quick.poll")}</span>
        </label>
        <label>
          <input type="radio" name="kind" checked={cloud} onChange={() => setCloud(true)} />
          <span>{t("quick.cloud")}</span>
        </label>
      </p>
      <label class="h-field">
        <span>{t("quick.text")}</span>
        <input value={text} maxLength={300} autocomplete="off" autofocus onInput={(typed) => setText(typed.currentTarget.value)} />
      </label>
      {!cloud &&
        options.map((option, place) => (
          <label class="h-field" key={place}>
            <span>{t("quick.option", { letter: LETTERS[place]! })}</span>
            <input value={option} maxLength={120} autocomplete="off" onInput={(typed) => write(place, typed.currentTarget.value)} />
          </label>
        ))}
      <p class="h-quick-kinds">
        {cloud && (
          <label class="h-field">
            <span>{t("quick.words")}</span>
            <input
              type="number"
              min={1}
              max={5}
              value={words}
              onInput={(typed) => setWords(Math.max(1, Math.min(5, Number(typed.currentTarget.value) || 1)))}
            />
          </label>
        )}
        <label class="h-field">
          <span>{t("quick.seconds")}</span>
          <input
            type="number"
            min={5}
            max={300}
            value={seconds}
            onInput={(typed) => setSeconds(Math.max(5, Math.min(300, Number(typed.currentTarget.value) || 30)))}
          />
        </label>
      </p>
      <p class="h-soft">{t(cloud ? "quick.hint_cloud" : "quick.hint")}</p>
      <div class="h-dialog-row">
        <button type="button" class="h-button" onClick={closeDialog}>
          {t("host.cancel")}
        </button>
        <button type="submit" class="h-button is-main" disabled={!complete}>
          {t("quick.send")}
        </button>
      </div>
    </form>
  );
}
