/** The screens around the questions: coming back, the lobby, get ready, the pause, and the kind ends. */

import { Brocade } from "../core/brocade";
import { deadline } from "../core/countdown";
import type { ShownQuestion } from "../core/frames";
import { t } from "../core/i18n";
import { Tick } from "../core/options";
import { TimeBar } from "../core/timebar";
import { Heading, LeaveLink, Scroll } from "./parts";
import { moved, resume, seat, seen, storedSeat, typedName, where, you } from "./session";
import { TeamLines, TeamPicker } from "./teams";

/** Seated, but the picture has not come yet. */
export function Coming() {
  const mine = seat.value;
  return (
    <main class="middle">
      <div class="pulse" aria-hidden="true" />
      <Heading>{t("room.coming", { code: mine ? mine.code : "" })}</Heading>
      <p class="soft">{t("room.coming_hint")}</p>
      <LeaveLink />
    </main>
  );
}

export function Lobby() {
  const mine = seat.value;
  const now = you.value;
  const picture = seen.value!.frame;
  if (!mine) return null;
  const typed = typedName.value.normalize("NFC").replace(/\s+/g, " ").trim();
  return (
    <main class="lobby">
      <div class="middle">
        <p class="big-sign is-good" aria-hidden="true">
          <Tick />
        </p>
        <Heading>{t("lobby.in")}</Heading>
        <p class="title">{picture.title}</p>
        <p class="name-card">
          <b>{mine.name}</b>
          <span>{t("lobby.seat", { seat: mine.seat })}</span>
        </p>
        {moved.value && <p class="chip">{t("hall.next")}</p>}
        {now && now.points > 0 && <p>{t("hall.carried", { points: now.points })}</p>}
        <TeamLines />
        <TeamPicker picture={picture} />
        {typed !== "" && typed !== mine.name && <p class="soft">{t("lobby.renamed")}</p>}
        <LeaveLink />
      </div>
      <p class="lobby-foot" role="status">
        {t("lobby.waiting")}
      </p>
      <Brocade height={28} />
    </main>
  );
}

export function weightText(q: ShownQuestion): string {
  return q.weight === 2 ? t("question.double") : q.weight === 0 ? t("question.unscored") : "";
}

export function GetReady({ q, at, again }: { q: ShownQuestion; at: number; again: boolean }) {
  const weight = weightText(q);
  return (
    <main class="ready">
      <p class="count">
        <span class="only-read">{t("question.number", { n: q.n, of: q.of })}</span>
        <span aria-hidden="true">
          <b>{q.n}</b>/{q.of}
        </span>
      </p>
      {again && <p class="chip">{t("ready.again")}</p>}
      <p class="soft">{t(again ? "ready.again_why" : "ready.now")}</p>
      {weight && <p class="chip">{weight}</p>}
      <Scroll class="ready-stem" label={t("question.stem")}>
        <Heading class="stem">{q.text}</Heading>
      </Scroll>
      {q.left !== null && <TimeBar deadline={deadline(q.left, at)} seconds={Math.max(q.left, 1)} calm />}
    </main>
  );
}

export function Paused() {
  return (
    <main class="middle">
      <p class="big-sign" aria-hidden="true">
        <svg class="sign" viewBox="0 0 24 24">
          <path fill="currentColor" d="M5 3h5v18H5zM14 3h5v18h-5z" />
        </svg>
      </p>
      <Heading>{t("paused.heading")}</Heading>
      <p class="soft">{t("paused.hint")}</p>
    </main>
  );
}

export function Cancelled() {
  return (
    <main class="middle">
      <Heading>{t("cancelled.heading")}</Heading>
      <p class="soft">{t("cancelled.hint")}</p>
      <LeaveLink ask={false} />
    </main>
  );
}

/** The ends that are not the round's: another tab, the host's decision, a fault of ours. */
export function Ended() {
  const why = where.value;
  const mine = seat.value;
  return (
    <main class="middle">
      <Heading>{t(why + ".heading")}</Heading>
      <p class="soft">{t(why + ".hint")}</p>
      {why !== "kicked" && (
        <button
          type="button"
          class="button primary"
          onClick={() => {
            const again = mine || storedSeat();
            if (again) resume(again);
          }}
        >
          {t(why + ".again")}
        </button>
      )}
      <LeaveLink ask={why !== "kicked"} />
    </main>
  );
}
