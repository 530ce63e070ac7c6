/** The screen a helper works at: the post, the big button, the last result at one glance, the last ten. */

import { number, t } from "../core/i18n";
import { go } from "./app";
import { canFilm } from "./camera";
import { aboutOf, moreOf, Screen, Sign, toneOf, useNow, wordOf, timeText } from "./parts";
import { came, current, info, lines, post, record } from "./store";
import { flush } from "./sync";
import type { Line } from "./types";

const UNDO_MS = 30_000;
const SHOWN = 10;

function Result({ line }: { line: Line }) {
  const tone = toneOf(line);
  return (
    <section class={"big-result is-" + tone} role="status" aria-live="polite">
      <Sign tone={tone} />
      <div>
        <strong>{wordOf(line)}</strong>
        <span class="about">{aboutOf(line)}</span>
        {moreOf(line) && <span class="more">{moreOf(line)}</span>}
      </div>
    </section>
  );
}

function Row({ line, now }: { line: Line; now: number }) {
  const may = (line.do === "scan" || line.do === "count") && !line.undone && now - line.at < UNDO_MS;
  const tone = toneOf(line);
  return (
    <li class={"line is-" + tone}>
      <Sign tone={tone} />
      <span class="line-words">
        <b>{aboutOf(line)}</b>
        <small>
          {timeText(line.at)} · {t("do." + line.do)} · {wordOf(line)}
        </small>
      </span>
      {may && (
        <button
          type="button"
          class="button quiet undo"
          onClick={() => record({ do: "undo", of: line.nonce }).then(flush)}
          aria-label={t("undo.label", { what: aboutOf(line) })}
        >
          {t("undo.button")}
        </button>
      )}
    </li>
  );
}

/** How many came, in one line: at this post and in all. */
function Came() {
  const told = came.value;
  const here = post();
  if (!told) return null;
  const all = told.people + told.heads;
  return (
    <p class="came">
      {here && <span>{t("came.here", { n: number(told.posts[here.id] || 0) })}</span>}
      <span>{t("came.all", { n: number(all) })}</span>
    </p>
  );
}

export function Work() {
  const now = useNow(1000);
  const told = info.value!;
  const here = post();
  const booth = told.phone.role === "booth";
  const last = lines.value.filter((line) => line.nonce === current.value)[0];
  const blank = last && last.result === "blank_card" ? last.card : undefined;
  return (
    <Screen
      title={here ? here.title : t("gate.title")}
      foot={
        <div class="ways">
          <button type="button" class="button primary scan" onClick={() => go({ name: "capture", purpose: "scan", typed: !canFilm() })}>
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path d="M3 8V3h5M16 3h5v5M21 16v5h-5M8 21H3v-5M7 12h10" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" />
            </svg>
            {t("work.scan")}
          </button>
          <div class="pair">
            <button type="button" class="button quiet" onClick={() => go({ name: "capture", purpose: "scan", typed: true })}>
              {t("work.type")}
            </button>
            <button type="button" class="button quiet" onClick={() => go({ name: "count" })}>
              {t("work.count")}
            </button>
          </div>
        </div>
      }
    >
      <div class="post-line">
        <h1>{here ? here.title : told.festival.title}</h1>
        {told.posts.length > 1 && (
          <button type="button" class="button quiet slim" onClick={() => go({ name: "posts" })}>
            {t("work.change_post")}
          </button>
        )}
      </div>
      <Came />
      {last && <Result line={last} />}
      {blank && (
        <button type="button" class="button primary spaced" onClick={() => go({ name: "claim", card: blank, purpose: "claim", typed: false })}>
          {t("work.claim_this")}
        </button>
      )}
      {!last && <p class="soft">{t(booth ? "work.hint_booth" : "work.hint")}</p>}
      {lines.value.length > 0 && (
        <>
          <h2>{t("work.last")}</h2>
          <ul class="lines">
            {lines.value.slice(0, SHOWN).map((line) => (
              <Row key={line.nonce} line={line} now={now} />
            ))}
          </ul>
        </>
      )}
      <div class="others">
        <button type="button" class="button quiet" onClick={() => go({ name: "capture", purpose: "claim", typed: !canFilm() })}>
          {t("work.claim")}
        </button>
        <button type="button" class="button quiet" onClick={() => go({ name: "capture", purpose: "check", typed: !canFilm() })}>
          {t("work.check")}
        </button>
        <button type="button" class="button quiet" onClick={() => go({ name: "more" })}>
          {t("work.more")}
        </button>
      </div>
    </Screen>
  );
}
