/** The lucky draw on the phone: my ticket or what I still lack, and whether I won. Who won is told to everybody alike. */

import { useEffect, useState } from "preact/hooks";
import { refusalText } from "../../contest/api";
import { addWords, lang, number, t } from "../../core/i18n";
import { Tick } from "../../core/options";
import en from "../../locale/draw_act.en.json";
import vi from "../../locale/draw_act.vi.json";
import { publicPage, slug } from "../place";
import { call, me as known, refreshMe, state as everybody, takeMe } from "../store";
import type { ActProps, Me } from "../types";
import { NoCard, needsCard, Wait } from "./parts";

addWords(vi, en);

interface Told {
  id: string;
  title: string;
  state: string;
  count: number;
  hash: string;
  prizes: string[];
  winners: { ticket: string; prize: number; state: "called" | "present" | "absent" }[];
}

interface Point {
  key: string;
  met: boolean;
  vi: string;
  en: string;
}

interface Mine {
  id: string;
  item: number | null;
  title: string;
  state: string;
  ticket: string | null;
  won: { prize: string; state: "called" | "present" | "absent"; claimed: boolean; named: boolean } | null;
  eligible: boolean | null;
  points: Point[];
}

/** Thousands of phones learn of the freeze in the same second: they ask for their tickets one after the other. */
const SPREAD_MS = 8000;

function mineOf(me: Me | null): Mine[] {
  const found = me && me["draws"];
  return Array.isArray(found) ? (found as Mine[]) : [];
}

export function DrawAct({ item, state, me }: ActProps) {
  const live = state.live[String(item.id)] as { draw?: Told } | undefined;
  const told = live && live.draw;
  const mine = mineOf(me).filter((one) => (told ? one.id === told.id : one.item === item.id)).pop();
  const stale = !!told && !needsCard(me) && (!mine || mine.state === "draft");
  useEffect(() => {
    if (!stale) return;
    const timer = setTimeout(() => void refreshMe(), Math.random() * SPREAD_MS);
    return () => clearTimeout(timer);
  }, [stale]);
  if (!told && !mine) return <Wait words={t("drawact.soon")} />;
  return (
    <div class="act-draw">
      {needsCard(me) ? <NoCard /> : stale || !mine ? <Wait words={t("drawact.asking")} /> : <Own mine={mine} told={told || null} />}
      {told && <Public told={told} own={mine ? mine.ticket : null} />}
    </div>
  );
}

/** What concerns this guest: won, in the pool, or what is missing. */
function Own({ mine, told }: { mine: Mine; told: Told | null }) {
  if (mine.ticket) {
    // The state of everybody is newer than what this phone was told of itself.
    const won = told && told.winners.filter((one) => one.ticket === mine.ticket).pop();
    return (
      <>
        {won && <Won prize={told.prizes[won.prize] || ""} state={won.state} mine={mine} />}
        <p class="act-draw-label">{t("drawact.my_ticket")}</p>
        <p class="act-draw-ticket">{mine.ticket}</p>
        {!won && <p class="small">{t("drawact.in_pool")}</p>}
      </>
    );
  }
  return <Eligible mine={mine} />;
}

function Won({ prize, state, mine }: { prize: string; state: "called" | "present" | "absent"; mine: Mine }) {
  return (
    <div class={"act-draw-won is-" + state} role="status">
      <p class="act-draw-big">{t("drawact.won_" + state, { prize })}</p>
      <p>{t("drawact.won_" + state + "_how")}</p>
      {state === "present" && mine.won && <Naming named={mine.won.named} />}
    </div>
  );
}

/** Whether the published list may name the winner: asked of winners only, and taken back as easily. */
function Naming({ named }: { named: boolean }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  function say(agreed: boolean): void {
    setBusy(true);
    call<Me>("/draws/name", { body: { agreed } })
      .then(takeMe)
      .then(
        () => setProblem(""),
        (refused) => setProblem(refusalText(refused)),
      )
      .then(() => setBusy(false));
  }
  return (
    <>
      <label class="act-draw-name">
        <input
          type="checkbox"
          checked={named}
          disabled={busy}
          onChange={(event) => say((event.currentTarget as HTMLInputElement).checked)}
        />
        <span>{t("drawact.name_me")}</span>
      </label>
      {problem && <p class="problem">{problem}</p>}
    </>
  );
}

function Eligible({ mine }: { mine: Mine }) {
  const before = mine.state === "draft";
  const word = mine.eligible ? "drawact.eligible" : before ? "drawact.missing" : "drawact.not_in_pool";
  return (
    <>
      <p class={"act-draw-verdict" + (mine.eligible ? " is-yes" : "")}>
        {mine.eligible && <Tick />} {t(word)}
      </p>
      <ul class="act-draw-points">
        {mine.points.map((point) => (
          <li key={point.key} class={point.met ? "is-met" : ""}>
            <i aria-hidden="true">{point.met ? "✓" : "○"}</i> {point[lang.value]}
          </li>
        ))}
      </ul>
      {before && <p class="small">{t("drawact.until_freeze")}</p>}
    </>
  );
}

function Public({ told, own }: { told: Told; own: string | null }) {
  const page = "/f/" + slug + "/draws/" + told.id + (lang.value === "vi" ? "" : "?lang=" + lang.value);
  return (
    <>
      {told.winners.length > 0 && (
        <ol class="act-draw-winners">
          {told.winners.map((one) => (
            <li key={one.ticket} class={"is-" + one.state + (one.ticket === own ? " is-me" : "")}>
              <code>{one.ticket}</code> <span>{told.prizes[one.prize]}</span>
              <small>{t("drawact.is_" + one.state)}</small>
            </li>
          ))}
        </ol>
      )}
      <p class="small">
        {t("drawact.pool", { count: number(told.count) })} <a href={page}>{t("drawact.check")}</a>
      </p>
    </>
  );
}

/** Draws that are not on yet, or over: whether I am in, what I lack. For the page of what is on. */
export function MyDraws() {
  const told = everybody.value;
  const me = known.value;
  if (!told || needsCard(me)) return null;
  const found = mineOf(me).filter((one) => one.item === null || told.now.indexOf(one.item) < 0);
  if (found.length === 0) return null;
  return (
    <section class="act-draws">
      {found.map((mine) => (
        <details key={mine.id} open={found.length === 1 && mine.state === "draft"}>
          <summary>
            {mine.title}: {t("drawact.line_" + lineOf(mine))}
          </summary>
          {mine.ticket ? (
            <>
              <p class="act-draw-label">{t("drawact.my_ticket")}</p>
              <p class="act-draw-ticket">{mine.ticket}</p>
              {mine.won && <Won prize={mine.won.prize} state={mine.won.state} mine={mine} />}
            </>
          ) : (
            <Eligible mine={mine} />
          )}
          <p class="small">
            <a href={publicPage().replace("/f/" + slug, "/f/" + slug + "/draws/" + mine.id)}>{t("drawact.check")}</a>
          </p>
        </details>
      ))}
    </section>
  );
}

function lineOf(mine: Mine): string {
  if (mine.won && mine.won.state !== "absent") return "won";
  if (mine.ticket) return "ticket";
  if (mine.eligible) return "eligible";
  return mine.state === "draft" ? "missing" : "out";
}
