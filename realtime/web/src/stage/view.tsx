/**
 * The picture for the hall: what is shown in which phase. Knows no socket, so that the host's small picture and the
 * preview draw the very same.
 */

import { useRef } from "preact/hooks";
import { Brocade } from "../core/brocade";
import type { Deadline } from "../core/countdown";
import type { Counts, StageState } from "../core/frames";
import { t } from "../core/i18n";
import { BellPills, BellPodium, Floor } from "./bell";
import { BuzzerScene, DuelStandings, Plates, PlatesBelow } from "./duel";
import { Lobby, Qr, spacedCode, typedAddress } from "./lobby";
import { Finished, Podium } from "./podium";
import { StageQuestion } from "./question";
import { Reactions } from "./reactions";
import { useUnit } from "./scale";
import { Standings } from "./standings";
import { HallStandings, TeamFinished, TeamPodium, TeamStandings } from "./teams";

const BAND = 28;
const FINAL = ["podium", "finished", "cancelled"];

export interface ViewProps {
  picture: StageState;
  counts: Counts | null;
  deadline: Deadline;
  /** False for a picture that must not move by itself (the preview): everything is shown in its end state. */
  lively?: boolean;
}

function Head({ picture }: { picture: StageState }) {
  const { q, phase } = picture;
  const asked = q !== null && (phase === "get_ready" || phase === "open" || phase === "closing" || phase === "revealed");
  return (
    <header class="st-head">
      {asked && (
        <>
          <span class="st-pill is-number">{t("stage.question", { n: q.n, of: q.of })}</span>
          {picture.duel && picture.duel.now && !picture.voided && <span class="st-pill">{t("faceoff." + picture.duel.way)}</span>}
          {phase !== "get_ready" && !picture.bell && !(picture.duel && picture.duel.now) && <span class="st-pill">{t("stage.type." + q.type)}</span>}
          {picture.bell && !picture.voided && <BellPills bell={picture.bell} revealed={phase === "revealed"} />}
          {picture.again && <span class="st-pill is-loud">{t("stage.again")}</span>}
          {picture.voided ? (
            <span class="st-pill is-loud">{t("stage.void")}</span>
          ) : (
            q.weight !== 1 && q.type !== "poll" && q.type !== "cloud" && <span class="st-pill is-loud">{t("stage.weight." + q.weight)}</span>
          )}
        </>
      )}
    </header>
  );
}

/** The way in for latecomers. */
function Corner({ picture }: { picture: StageState }) {
  return (
    <aside class="st-corner">
      <div>
        <p>{typedAddress(picture.join_url, picture.code)}</p>
        <b>{spacedCode(picture.code)}</b>
      </div>
      <Qr code={picture.code} />
    </aside>
  );
}

function Card({ title, hint, loud }: { title: string; hint: string; loud?: string }) {
  return (
    <div class="st-card">
      {loud && <p class="st-card-loud">{loud}</p>}
      <h1>{title}</h1>
      <p>{hint}</p>
    </div>
  );
}

function Scene({ picture, counts, deadline, unit, play }: ViewProps & { unit: number; play: boolean }) {
  const { q, phase, bell } = picture;
  // A rescue right after the key was shown is a moment of its own.
  if (bell && picture.floor && (phase === "standings" || (phase === "revealed" && bell.back > 0 && !bell.rescue))) {
    return <Floor key={q ? q.n : 0} picture={picture} play={play} />;
  }
  if (picture.hall) return <HallStandings hall={picture.hall} />;
  const teams = picture.teams.length > 0;
  const duel = picture.duel;
  const faced = !!duel && duel.now;
  const buzzer = faced && duel!.way === "buzzer";
  switch (phase) {
    case "lobby":
      return (
        <>
          <Lobby picture={picture} counts={counts} unit={unit} />
          {duel && duel.faces.length > 0 && <Plates duel={duel} told={false} points={false} />}
        </>
      );
    case "get_ready":
    case "open":
    case "closing":
    case "revealed":
      if (!q) return null;
      if (buzzer && phase === "revealed" && duel!.judging) {
        return <BuzzerScene key={q.n} picture={picture} play={play} unit={unit} />;
      }
      return (
        <>
        <StageQuestion
          key={q.n}
          q={q}
          phase={phase}
          voided={picture.voided}
          right={picture.right}
          why={picture.why}
          counts={buzzer ? null : picture.counts}
          spoken={buzzer}
          words={(counts && counts.words && counts.words.length ? counts.words : picture.words) || undefined}
          answered={counts ? counts.answered : 0}
          online={faced ? duel!.faces.length : bell ? (bell.rescue ? bell.out : bell.left) : counts ? counts.online : picture.seats}
          deadline={deadline}
          unit={unit}
          play={play}
        />
        {faced && !picture.voided && <PlatesBelow picture={picture} play={play} />}
        </>
      );
    case "standings":
      if (duel) return <DuelStandings picture={picture} />;
      if (teams) return <TeamStandings key={q ? q.n : 0} picture={picture} play={play} />;
      return <Standings key={q ? q.n : 0} picture={picture} play={play} />;
    case "podium":
      if (teams) return <TeamPodium picture={picture} play={play} />;
      return bell ? <BellPodium picture={picture} play={play} /> : <Podium picture={picture} play={play} />;
    case "finished":
      if (teams) return <TeamFinished picture={picture} />;
      return <Finished picture={picture} />;
    case "cancelled":
      return <Card title={t("stage.cancelled")} hint={t("stage.cancelled_hint")} />;
    case "paused":
      return (
        <Card
          title={t("stage.paused")}
          hint={t("stage.paused_hint")}
          loud={q ? t("stage.question", { n: q.n, of: q.of }) : picture.title}
        />
      );
  }
}

/** The whole picture, fitted into the element around it. */
export function StageView(props: ViewProps) {
  const { picture, lively = true } = props;
  const [frame, unit] = useUnit<HTMLDivElement>();
  // What was there when this page came is not played again; nor is a reveal that a pause has interrupted.
  const scene = picture.phase + (picture.q ? picture.q.n : "");
  const seen = useRef<{ now: string; past: Set<string> }>({ now: scene, past: new Set([scene]) });
  if (seen.current.now !== scene) {
    seen.current.past.add(seen.current.now);
    seen.current.now = scene;
  }
  const play = lively && !seen.current.past.has(scene);
  const corner = !picture.locked && picture.phase !== "lobby" && FINAL.indexOf(picture.phase) < 0;
  return (
    <div class={"st is-phase-" + picture.phase + (lively ? "" : " is-still")} ref={frame}>
      {picture.blank ? (
        <div class="st-blank">
          <i />
        </div>
      ) : (
        <>
          <div class="st-band">
            <Brocade height={Math.max(1, BAND * unit)} />
          </div>
          <Head picture={picture} />
          {corner && <Corner picture={picture} />}
          {unit > 0 && <Scene {...props} unit={unit} play={play} />}
          {lively && picture.reactions && <Reactions counts={props.counts} />}
        </>
      )}
    </div>
  );
}
