/** A word cloud on the phone: a few words of one's own, and after the reveal those the hall may see. */

import type { Choice, CloudWord, ShownQuestion } from "../core/frames";
import { t } from "../core/i18n";
import { draftFor, write } from "./drafts";

const LONGEST = 40;

/** The words of a draft, which holds them one a line; null while there is none. */
export function drafted(text: string): string[] | null {
  const words = text.split("\n").map((word) => word.trim()).filter(Boolean);
  return words.length ? words : null;
}

export function CloudInput(props: { q: ShownQuestion; choice: Choice | null; locked: boolean; onDone(): void }) {
  const { q, choice, locked, onDone } = props;
  const lines = Array.isArray(choice) ? choice : draftFor(q.n).text.split("\n");
  const fields: string[] = [];
  for (let i = 0; i < (q.words || 1); i++) fields.push(lines[i] || "");
  return (
    <form
      onSubmit={(pressed) => {
        pressed.preventDefault();
        onDone();
      }}
    >
      {fields.map((text, i) => (
        <input
          key={i}
          class="input words"
          type="text"
          autocomplete="off"
          enterkeyhint="send"
          maxLength={LONGEST}
          aria-label={t("cloud.word", { n: i + 1 })}
          placeholder={t("cloud.word", { n: i + 1 })}
          value={text}
          disabled={locked}
          onInput={(typed) => {
            const now = fields.slice();
            now[i] = typed.currentTarget.value;
            write(q.n, now.join("\n"));
          }}
        />
      ))}
      {/* So that the key for "send" works with several fields. */}
      <button type="submit" hidden />
    </form>
  );
}

export function CloudWords({ words }: { words: readonly CloudWord[] }) {
  if (!words.length) return <p class="soft">{t("cloud.none")}</p>;
  const most = words[0]!.people;
  return (
    <ul class="cloud">
      {words.map(({ text, people }) => (
        <li key={text} style={{ fontSize: 17 + Math.round(15 * Math.sqrt(people / most)) + "px" }}>
          {text}
        </li>
      ))}
    </ul>
  );
}
