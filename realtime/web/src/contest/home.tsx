/** Where am I, what may I do now: the contest before and after one has entered. */

import { useEffect, useState } from "preact/hooks";
import { useSecondsLeft } from "../core/countdown";
import { number, t } from "../core/i18n";
import { Heading } from "../core/parts";
import { refusalText } from "./api";
import { abandon, begin, resumeHere } from "./attempt";
import { contest, me, mine, refresh, signOut, type Told } from "./me";
import { Band, clockText, durationText, momentText, Problem, Screen, Waiting, waitText } from "./parts";
import { go, publicPage } from "./place";
import type { Contest, MyAttempts, Result } from "./types";

/** What is left of `ms` told at `at`, redrawn every minute; asks the server anew when it is over. */
function useLeft(ms: number | null | undefined, at: number): number | null {
  const end = ms === null || ms === undefined ? null : at + ms;
  const [, redraw] = useState(0);
  useEffect(() => {
    if (end === null) return;
    const left = end - performance.now();
    const timer = setTimeout(
      () => (end - performance.now() <= 0 ? refresh() : redraw((n) => n + 1)),
      Math.max(500, Math.min(left + 300 + Math.random() * 1500, 30_000)),
    );
    return () => clearTimeout(timer);
  });
  return end === null ? null : Math.max(0, end - performance.now());
}

/** The round that is open, or the next one, with the time to it. */
function When({ contest, at }: { contest: Contest; at: number }) {
  const closes = useLeft(contest.round && contest.round.closes_in_ms, at);
  const opens = useLeft(contest.next && contest.next.opens_in_ms, at);
  if (contest.round && closes !== null) {
    return (
      <div class="when is-open">
        <b>{contest.round.name}</b>
        <span>{t("when.closes", { left: waitText(closes) })}</span>
      </div>
    );
  }
  if (contest.next && opens !== null) {
    return (
      <div class="when">
        <b>{contest.next.name}</b>
        <span>{t("when.opens", { left: waitText(opens), moment: momentText(contest.next.opens_at) })}</span>
      </div>
    );
  }
  return (
    <div class="when">
      <b>{t("when.over")}</b>
      <span>{t("when.over_hint")}</span>
    </div>
  );
}

export function Welcome() {
  const told = me.value!;
  const contest = told.value.contest;
  const roster = contest.admission === "roster";
  const over = contest.phase === "over";
  return (
    <Screen
      title={t("welcome.title")}
      foot={
        <>
          {!over && !roster && (
            <button type="button" class="button primary" onClick={() => go("enter")}>
              {t("welcome.enter")}
            </button>
          )}
          <button type="button" class={"button " + (roster || over ? "primary" : "quiet")} onClick={() => go("sign-in")}>
            {t(roster ? "welcome.roster" : "welcome.again")}
          </button>
        </>
      }
    >
      <div class="welcome">
        <Band />
        <Heading>{contest.title}</Heading>
        {contest.organiser && <p class="soft">{contest.organiser}</p>}
        <When contest={contest} at={told.at} />
        <ul class="facts">
          <li>
            <b>{number(contest.questions)}</b> {t("facts.questions")}
          </li>
          <li>
            <b>{number(Math.round(contest.time_limit_s / 6) / 10)}</b> {t("facts.minutes")}
          </li>
          {contest.quota.per_day !== null && (
            <li>
              <b>{number(contest.quota.per_day)}</b> {t("facts.per_day")}
            </li>
          )}
        </ul>
        <Links />
      </div>
    </Screen>
  );
}

function Links() {
  return (
    <nav class="links" aria-label={t("home.links")}>
      <a href={publicPage("/rules")}>{t("home.rules")}</a>
      <a href={publicPage("")}>{t("home.contest")}</a>
    </nav>
  );
}

export function Home() {
  const told = me.value!;
  const { contest: shown, entry } = told.value;
  const attempts = mine.value;
  const [signing, setSigning] = useState(false);
  useEffect(() => {
    if (performance.now() - told.at > 3000) refresh();
  }, []);
  return (
    <Screen title={t("home.title")} foot={attempts && entry ? <Action told={attempts} /> : undefined}>
      <div class="home">
        <p class="soft small-title">{shown.title}</p>
        <Heading>{t("home.hello", { name: entry!.name })}</Heading>
        {entry!.void && <Problem text={t("home.void")} />}
        <When contest={shown} at={told.at} />
        {attempts ? (
          <>
            <Left told={attempts} contest={shown} />
            <List attempts={attempts.value.attempts} />
          </>
        ) : (
          entry!.state === "active" && <Waiting />
        )}
        <nav class="links" aria-label={t("home.links")}>
          {shown.board === "open" && attempts && attempts.value.attempts.length > 0 && (
            <button type="button" onClick={() => go("rank")}>
              {t("home.rank")}
            </button>
          )}
          <a href={publicPage("/rules")}>{t("home.rules")}</a>
          <a href={publicPage("")}>{t("home.contest")}</a>
          {attempts && attempts.value.attempts.length > 0 && (
            <button type="button" onClick={() => go("complaint")}>
              {t("home.complain")}
            </button>
          )}
          <button type="button" onClick={() => go("data")}>
            {t("home.data")}
          </button>
          <button
            type="button"
            disabled={signing}
            onClick={() => {
              setSigning(true);
              signOut().then(
                () => {
                  abandon();
                  go("home", "", true);
                },
                () => setSigning(false),
              );
            }}
          >
            {t("home.sign_out")}
          </button>
        </nav>
      </div>
    </Screen>
  );
}

function Left({ told, contest }: { told: Told<MyAttempts>; contest: Contest }) {
  const { left, least, allowed } = told.value.start;
  if (!allowed || told.value.open) return null;
  const limits = { day: contest.quota.per_day, round: contest.quota.per_round, total: contest.quota.total };
  const names = (["day", "round", "total"] as const).filter((name) => limits[name] !== null);
  const lines = names
    .filter((name) => left[name] !== null || names.length === 1)
    .map((name) => t("left." + name, { n: left[name] === null ? least || 0 : left[name], of: limits[name]! }));
  if (!lines.length) lines.push(least === null ? t("left.free") : t("left.least", { n: least }));
  return (
    <ul class="left">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

/** The one button: begin, go on, or why not. */
function Action({ told }: { told: Told<MyAttempts> }) {
  const { start, open } = told.value;
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const entry = me.value!.value.entry!;
  const seconds = useSecondsLeft({ end: open ? told.at + open.left_ms : null });
  const wait = useLeft(start.allowed || open ? null : start.wait_ms, told.at);

  function goOn(): void {
    if (busy) return;
    // This device's own work goes on with its ticket; another device's is taken over.
    if (resumeHere()) return go("attempt");
    setBusy(true);
    setRefusal(null);
    begin().catch((error) => {
      setBusy(false);
      setRefusal(error);
      refresh();
    });
  }

  if (entry.state === "invited") {
    return (
      <button type="button" class="button primary" onClick={() => go("enter")}>
        {t("home.complete")}
      </button>
    );
  }
  if (entry.state === "unconfirmed") {
    return (
      <button type="button" class="button primary" onClick={() => go("confirm")}>
        {t("home.confirm")}
      </button>
    );
  }
  if (open && seconds !== null && seconds > 0) {
    return (
      <>
        {refusal !== null && <Problem text={refusalText(refusal)} />}
        <button type="button" class="button primary" aria-disabled={busy} onClick={goOn}>
          {t("home.go_on", { left: clockText(seconds * 1000) })}
        </button>
        <p class="small">{t("home.go_on_hint")}</p>
      </>
    );
  }
  if (start.allowed) {
    return (
      <button type="button" class="button primary" onClick={() => go("start")}>
        {t("home.start")}
      </button>
    );
  }
  return (
    <p class="not-now" role="status">
      <b>{t("not." + (start.code || "not_open"))}</b>
      {wait !== null && wait > 0 && <span>{t("not.wait", { left: waitText(wait) })}</span>}
    </p>
  );
}

/** Lượt 2 – Đợt 1. */
export function attemptName(one: Result): string {
  return one.round.name
    ? t("home.attempt", { n: one.ordinal, round: one.round.name })
    : t("home.attempt_only", { n: one.ordinal });
}

function List({ attempts }: { attempts: Result[] }) {
  const now = contest();
  if (!attempts.length) return <p class="soft empty">{t("home.none_yet")}</p>;
  return (
    <section class="mine">
      <h2>{t("home.mine")}</h2>
      <ul>
        {attempts.map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => go("result", one.id)}>
              <span class="mine-what">
                <b>{attemptName(one)}</b>
                <small>
                  {momentText(one.submitted_at)} · {durationText(one.duration_ms)}
                </small>
              </span>
              <span class="mine-score">
                {one.void
                  ? t("home.attempt_void")
                  : one.score === null
                    ? t("home.received")
                    : t("home.score", { score: one.score, of: now ? now.full_marks : one.of })}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
