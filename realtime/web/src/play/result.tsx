/** After the question: my result in one glance, my rank, and the card at the end. */

import type { Choice, ShownQuestion, State, Verdict } from "../core/frames";
import { lang, number, t } from "../core/i18n";
import { Cross, OptionPlate, optionText, Tick } from "../core/options";
import { CloudWords } from "./cloud";
import { BellFinal, BellWord, hasWon, satOut } from "./bell";
import { receipts } from "./outbox";
import { Heading, LeaveLink } from "./parts";
import { choiceText } from "./question";
import { myChoice, seat, you } from "./session";
import { TeamLines } from "./teams";

/** The rank and the way to the next one; nothing while ranks are kept secret. */
function RankLines() {
  const mine = you.value;
  if (!mine || mine.rank === null) return null;
  let gap = "";
  if (mine.rank === 1) gap = mine.points > 0 ? t("rank.leading") : "";
  else if (mine.gap !== null) gap = mine.gap > 0 ? t("rank.gap", { gap: mine.gap }) : t("rank.level");
  return (
    <p class="rank-lines">
      <b>{t("rank.of", { rank: mine.rank, of: mine.of })}</b>
      {gap && <span>{gap}</span>}
    </p>
  );
}

function RightAnswer({ q, right, mine }: { q: ShownQuestion; right: Choice; mine: Choice | null }) {
  if (!Array.isArray(right)) {
    return (
      <dl class="answer-words">
        <dt>{t("result.right_answer")}</dt>
        <dd>{choiceText(q, right)}</dd>
        {mine !== null && <dt>{t("result.your_answer")}</dt>}
        {mine !== null && <dd>{choiceText(q, mine)}</dd>}
      </dl>
    );
  }
  const chosen = Array.isArray(mine) ? mine : [];
  const place = (id: string) => q.options.map((option) => option.id).indexOf(id);
  const ordering = q.type === "ordering";
  const shown = ordering ? right : [...right, ...chosen.filter((id) => right.indexOf(id) < 0)];
  return (
    <div class="plates">
      <h2>{ordering ? t("result.right_order") : t("result.right_answer")}</h2>
      {shown.map((id, i) => {
        const at = place(id);
        const option = q.options[at];
        if (!option) return null;
        const isRight = right.indexOf(id) >= 0;
        return (
          <OptionPlate
            key={id}
            index={at}
            text={optionText(q, option)}
            state={ordering ? "idle" : isRight ? "right" : "wrong"}
            place={ordering ? i + 1 : null}
          />
        );
      })}
      {ordering && chosen.length > 0 && (
        <p class="soft">
          {t("result.your_order")} {chosen.map((id) => "ABCDEF"[place(id)] || "?").join(" → ")}
        </p>
      )}
    </div>
  );
}

/** Why, and what was right; nothing before the key is public. */
export function Answers({ picture, choice }: { picture: State; choice: Choice | null }) {
  return (
    <>
      {picture.why && (
        <section class="why">
          <h2>{t("result.why")}</h2>
          <p>{picture.why}</p>
        </section>
      )}
      {picture.right !== null && <RightAnswer q={picture.q!} right={picture.right} mine={choice} />}
    </>
  );
}

function PollBars({ q, counts, mine }: { q: ShownQuestion; counts: { [id: string]: number }; mine: Choice | null }) {
  let all = 0;
  for (const option of q.options) all += counts[option.id] || 0;
  return (
    <div class="plates">
      {q.options.map((option, i) => {
        const votes = counts[option.id] || 0;
        const share = all ? Math.round((votes / all) * 100) : 0;
        const chosen = Array.isArray(mine) && mine.indexOf(option.id) >= 0;
        return (
          <OptionPlate key={option.id} index={i} text={option.text} state={chosen ? "chosen" : "idle"}>
            <b class="share">{share} %</b>
          </OptionPlate>
        );
      })}
    </div>
  );
}

/** How my time was reckoned, in small print. */
function Reckoned() {
  const mine = you.value;
  if (!mine || mine.fair_ms === null) return null;
  const seconds = number(mine.fair_ms / 1000, 2);
  const credit = mine.credit_ms || 0;
  return (
    <p class="small">
      {credit >= 10
        ? t("result.time_credit", { seconds, credit: number(credit / 1000, 2) })
        : t("result.time", { seconds })}{" "}
      <a href={lang.value === "en" ? "/fair?lang=en" : "/fair"} target="_blank" rel="noopener">
        {t("result.time_rule")}
      </a>
    </p>
  );
}

const SIGNS: { [verdict in Verdict]: string } = {
  right: "is-good",
  partial: "is-part",
  wrong: "is-bad",
  none: "is-none",
};

export function Result({ picture }: { picture: State }) {
  const q = picture.q!;
  const mine = you.value;
  const told = mine && mine.q === q.n ? mine : null;
  const verdict = told && told.verdict;
  const choice = told && told.kept !== null ? told.kept : myChoice(q.n);
  const poll = q.type === "poll" || q.type === "cloud";
  const receipt = receipts.value[q.n];
  const late = !!receipt && receipt.status === "late" && !(told && told.kept !== null);
  const tone = picture.voided || poll ? "is-none" : verdict ? SIGNS[verdict] : "is-none";
  let words = "";
  const aside = picture.bell && told && !picture.voided ? satOut(picture.bell, told, q.n) : "";
  if (picture.voided) words = t("result.voided");
  else if (aside) words = aside;
  else if (poll) words = choice === null ? t("result.poll_none") : t("result.poll");
  else if (verdict === "none" && late) words = t("result.late");
  else if (verdict) words = t("result." + verdict);
  else words = t("result.waiting");
  return (
    <main class="scroll">
      <div class="result">
        <div class={"verdict " + tone}>
          {!picture.voided && !poll && (verdict === "right" || verdict === "partial") && <Tick />}
          {!picture.voided && !poll && !aside && verdict === "wrong" && <Cross />}
          <Heading>{words}</Heading>
          {!picture.voided && !poll && !picture.bell && told && told.award !== null && told.verdict !== "none" && (
            <p class="award">{t("result.award", { award: (told.award > 0 ? "+" : "") + number(told.award) })}</p>
          )}
        </div>
        {picture.bell && <BellWord picture={picture} />}
        {picture.words && <CloudWords words={picture.words} />}
        {q.type === "poll" && picture.counts && <PollBars q={q} counts={picture.counts} mine={choice} />}
        <Answers picture={picture} choice={choice} />
        {!picture.bell && !picture.duel && <RankLines />}
        <TeamLines />
        {!poll && !picture.voided && <Reckoned />}
      </div>
    </main>
  );
}

export function Standings() {
  const mine = you.value;
  return (
    <main class="middle">
      <Heading class="soft">{t("standings.heading")}</Heading>
      {mine && mine.rank !== null && (
        <p class="huge">
          <span class="only-read">{t("rank.of", { rank: mine.rank, of: mine.of })}</span>
          <span aria-hidden="true">
            <b>{number(mine.rank)}</b>
            <small>/{number(mine.of)}</small>
          </span>
        </p>
      )}
      {mine && <p class="award">{t("room.points", { points: mine.points })}</p>}
      {mine && mine.rank === 1 && mine.points > 0 && <p>{t("rank.leading")}</p>}
      {mine && mine.rank !== 1 && mine.gap !== null && (
        <p>{mine.gap > 0 ? t("rank.gap", { gap: mine.gap }) : t("rank.level")}</p>
      )}
      <TeamLines />
      <p class="soft">{t("standings.look")}</p>
    </main>
  );
}

function today(): string {
  const now = new Date();
  const two = (part: number) => (part < 10 ? "0" : "") + part;
  return two(now.getDate()) + "/" + two(now.getMonth() + 1) + "/" + now.getFullYear();
}

/** The card to keep: made to be photographed. While the podium runs it says to look up. */
export function Final({ picture }: { picture: State }) {
  const mine = you.value;
  const seated = seat.value;
  const rank = mine && mine.rank;
  const bell = picture.bell;
  const winner = bell ? !!mine && hasWon(bell, mine) : rank !== null && rank <= 3;
  const over = picture.phase === "finished";
  return (
    <main class="scroll">
      <div class="final">
        <p class="soft" role="status">
          {over ? t("final.over") : t("final.look")}
        </p>
        <article class={"card" + (winner ? " is-winner" : "")}>
          <p class="brand">{t("core.name")}</p>
          <Heading>{picture.title}</Heading>
          <p class="card-name">{seated ? seated.name : ""}</p>
          {bell && mine && <BellFinal bell={bell} mine={mine} />}
          {!bell && rank !== null && (
            <p class="card-rank">
              {winner && (
                <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
                  <path fill="currentColor" d="M2 7l5.5 4L12 3l4.5 8L22 7l-2 12H4z" />
                </svg>
              )}
              {t("rank.rank", { rank })}
              <small>{t("final.people", { of: picture.duel ? picture.duel.faces.length : mine!.of })}</small>
            </p>
          )}
          {!bell && mine && (
            <div class="card-figures">
              <p>
                <b>{number(mine.points)}</b>
                <span>{t("final.points")}</span>
              </p>
              <p>
                <b>{number(mine.correct)}</b>
                <span>{t("final.correct")}</span>
              </p>
            </div>
          )}
          <TeamLines />
          <p>{winner ? t("final.thanks_winner") : t("final.thanks")}</p>
          <p class="card-date">{today()}</p>
        </article>
        {over && <LeaveLink ask={false} />}
      </div>
    </main>
  );
}
