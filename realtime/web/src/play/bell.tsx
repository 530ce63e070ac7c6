/** The golden bell on the phone: where one stands, kind words for who is out, and the card at the end. */

import type { Bell, State, You } from "../core/frames";
import { number, t } from "../core/i18n";
import { Heading } from "./parts";
import { seat, you } from "./session";

/** Whether an answer of this phone is taken: a rescue question is for those who are out, others for them only in fun. */
export function mayAnswer(bell: Bell | null, mine: You | null): boolean {
  if (!bell || !mine) return true;
  return bell.rescue ? mine.out : bell.fun || !mine.out;
}

/** Why this seat had nothing to answer at question `n`; empty when it had. */
export function satOut(bell: Bell, mine: You, n: number): string {
  if (bell.rescue) return mine.out || mine.back ? "" : t("bell.safe");
  return !bell.fun && mine.out && mine.out_at !== n ? t("bell.out", { n: mine.out_at! }) : "";
}

export function hasWon(bell: Bell, mine: You): boolean {
  return bell.left > 0 ? !mine.out : mine.out_at === bell.last;
}

/** One who came when the game had begun, and was not let in since. */
function cameLate(mine: You): boolean {
  return mine.out && !!seat.value && seat.value.late === mine.out_at;
}

/** Under the top bar while a question is on: in or out, and how many are left. */
export function BellStrip({ bell }: { bell: Bell }) {
  const mine = you.value;
  const out = !!mine && mine.out;
  return (
    <p class={"bell-strip" + (out ? " is-out" : "")}>
      <BellSign />
      <b>{bell.rescue ? t("bell.rescue") : out ? t("bell.fun") : t("bell.in")}</b>
      <span>{bell.rescue && out ? t("bell.rescue_hint") : t("bell.floor", { count: number(bell.left) })}</span>
    </p>
  );
}

export function BellSign() {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path fill="currentColor" d="M12 2a2 2 0 0 1 2 2c3 1 5 4 5 7v4l2 3H3l2-3v-4c0-3 2-6 5-7a2 2 0 0 1 2-2zM9.5 19h5a2.5 2.5 0 0 1-5 0z" />
    </svg>
  );
}

/** In place of a question that is not for this phone. */
export function BellWatch({ picture }: { picture: State }) {
  const which = picture.bell!.rescue ? "bell.safe" : "bell.watch";
  return (
    <main class="middle">
      <p class="bell-big">
        <BellSign />
      </p>
      <Heading>{t(which)}</Heading>
      <p class="soft">{t(which + "_hint")}</p>
    </main>
  );
}

/** What the question did to this seat, below its verdict. */
export function BellWord({ picture }: { picture: State }) {
  const bell = picture.bell!;
  const mine = you.value;
  if (!mine || !picture.q) return null;
  let words = "";
  let hint = "";
  let tone = "";
  if (mine.back) {
    words = t("bell.back");
    hint = t("bell.back_hint");
    tone = " is-back";
  } else if (!mine.out) {
    words = t(bell.left === 1 && bell.out > 0 ? "bell.only" : "bell.stay");
    hint = t(picture.voided ? "bell.voided" : "bell.left", { count: number(bell.left) });
    tone = " is-in";
  } else if (mine.out_at === picture.q.n) {
    words = t("bell.gone");
    hint = t(bell.left === 0 ? "bell.nobody" : bell.fun ? "bell.gone_fun" : "bell.gone_watch");
  } else {
    words = t("bell.fun");
    hint = cameLate(mine) ? t("bell.late") : t("bell.out", { n: mine.out_at! });
  }
  return (
    <section class={"bell-word" + tone} role="status">
      <BellSign />
      <div>
        <b>{words}</b>
        <p>{hint}</p>
      </div>
    </section>
  );
}

/** Between two questions: how many are left, and whether one is among them. */
export function BellStandings({ picture }: { picture: State }) {
  const bell = picture.bell!;
  const mine = you.value;
  return (
    <main class="middle">
      <Heading class="soft">{t("bell.heading")}</Heading>
      <p class="huge">
        <b>{number(bell.left)}</b>
      </p>
      <p class="soft">{t("bell.people")}</p>
      {bell.back > 0 ? (
        <p>{t("bell.came", { count: number(bell.back) })}</p>
      ) : (
        bell.went > 0 && <p>{t("bell.went", { count: number(bell.went) })}</p>
      )}
      {mine && <BellWord picture={picture} />}
    </main>
  );
}

/** The heart of the card at the end: won, or how far one came. */
export function BellFinal({ bell, mine }: { bell: Bell; mine: You }) {
  const won = hasWon(bell, mine);
  return (
    <>
      <p class={"card-rank bell-final" + (won ? " is-won" : "")}>
        <BellSign />
        {won ? t("bell.won") : cameLate(mine) ? t("bell.final_late") : t("bell.lasted", { n: mine.out_at! })}
      </p>
      {won && bell.winners > 1 && <p>{t("bell.won_many", { count: number(bell.winners) })}</p>}
      {mine.correct > 0 && (
        <p>
          <b>{number(mine.correct)}</b> {t("bell.correct")}
        </p>
      )}
    </>
  );
}
