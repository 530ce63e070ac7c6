/**
 * A duel for the hall: two to eight name plates with points, who was first and by how much, whose turn it is.
 * A plate's state is told in words and signs as well as by its colour.
 */

import type { Duel, DuelFace, DuelShot, StageState } from "../core/frames";
import { hundredths, number, t } from "../core/i18n";
import { Cross, LETTERS, optionText, Tick } from "../core/options";
import { BellShape } from "./bell";
import { useBeats } from "./beats";
import { shownName, unitName } from "./people";
import { useFit, useSize } from "./scale";

/** ms from the reveal until the plates say who was first. */
const FIRST_AFTER = [900];

export function seconds(ms: number): string {
  return t("faceoff.seconds", { seconds: hundredths(ms) });
}

function shotOf(duel: Duel, seat: number): DuelShot | null {
  return duel.shots.filter((shot) => shot.seat === seat)[0] || null;
}

/** Where a plate stands in the question closed last. */
function stateOf(duel: Duel, face: DuelFace, shot: DuelShot | null): string {
  if (duel.took.indexOf(face.seat) >= 0) return " is-took";
  if (duel.turn.indexOf(face.seat) >= 0) return " is-turn";
  return shot && shot.right === false ? " is-wrong" : "";
}

function Shot({ shot }: { shot: DuelShot }) {
  return (
    <span class="st-plate-shot">
      {shot.right === true && <Tick />}
      {shot.right === false && <Cross />}
      {shot.place === null
        ? t("faceoff.wrong")
        : shot.behind === 0
          ? seconds(shot.ms)
          : t("faceoff.behind", { seconds: hundredths(shot.behind) })}
    </span>
  );
}

/** With `points` false the plates say who, and nothing of a question. */
export function Plates({ duel, told, points = true }: { duel: Duel; told: boolean; points?: boolean }) {
  const size = duel.faces.length > 4 ? "many" : "few";
  return (
    <ol class={"st-plates is-" + size + (points ? " is-asked" : "")} role="list">
      {duel.faces.map((face) => {
        const shot = told ? shotOf(duel, face.seat) : null;
        return (
          <li key={face.seat} class={"st-plate" + (told ? stateOf(duel, face, shot) : "")}>
            {shot && shot.place !== null && <span class="st-plate-place">{shot.place}</span>}
            <span class="st-plate-name" data-ellipsis>
              {shownName(face)}
            </span>
            {points && <b class="st-plate-points">{number(face.points)}</b>}
            {shot && <Shot shot={shot} />}
          </li>
        );
      })}
    </ol>
  );
}

/** Below a question: the plates, and after the reveal what happened. */
export function PlatesBelow({ picture, play }: { picture: StageState; play: boolean }) {
  const duel = picture.duel!;
  const revealed = picture.phase === "revealed";
  const told = useBeats("plates" + (picture.q ? picture.q.n : 0) + picture.phase, revealed ? FIRST_AFTER : [], play) > 0;
  return <Plates duel={duel} told={revealed && told} />;
}

function names(duel: Duel, seats: readonly number[]): string {
  return duel.faces.filter((face) => seats.indexOf(face.seat) >= 0).map(shownName).join(" · ");
}

/** The buzzer, before the host has ruled: nothing but the question, who may speak, and the plates. */
export function BuzzerScene({ picture, play, unit }: { picture: StageState; play: boolean; unit: number }) {
  const duel = picture.duel!;
  const q = picture.q!;
  const told = useBeats("buzzer" + q.n, FIRST_AFTER, play) > 0;
  const who = !told ? "…" : names(duel, duel.turn);
  const box = useSize<HTMLParagraphElement>([120, 104, 88, 72, 60, 48, 40, 34], who, unit);
  const stem = useFit<HTMLDivElement>("buzzer" + q.n + q.text + q.options.length, unit);
  return (
    <div class="st-question is-buzzer">
      <div class="st-body" ref={stem}>
        <h1 class="st-stem" data-stem>
          {q.text}
        </h1>
        {q.options.length > 0 && (
          <p class="st-spoken">
            {q.options.map((option, i) => (
              <span key={option.id}>
                <b>{LETTERS[i]}</b> {optionText(q, option)}
              </span>
            ))}
          </p>
        )}
      </div>
      <div class="st-speaks" role="status">
        <p>
          <BellShape /> {t(duel.turn.length > 1 ? "faceoff.photo" : "faceoff.speaks")}
        </p>
        <p class="st-speaks-name" ref={box}>
          {who}
        </p>
      </div>
      <Plates duel={duel} told={told} />
    </div>
  );
}

/** Between the questions: the score, as large as it gets. */
export function DuelStandings({ picture }: { picture: StageState }) {
  const duel = picture.duel!;
  const winner = duel.faces.filter((face) => face.seat === duel.won)[0];
  return (
    <div class="st-standings is-duel">
      <div class="st-standings-head">
        <h1>{winner ? t("faceoff.won", { who: shownName(winner) }) : t("faceoff.score")}</h1>
        {duel.to !== null && !winner && <p>{t("faceoff.to", { points: duel.to })}</p>}
      </div>
      <ol class={"st-faces is-" + (duel.faces.length > 4 ? "many" : "few")} role="list">
        {duel.faces.map((face) => (
          <li key={face.seat} class={"st-face" + (face.seat === duel.won ? " is-took" : "")}>
            <span class="st-face-name" data-ellipsis>
              {shownName(face)}
            </span>
            <small>{unitName(face.unit)}</small>
            <b>{number(face.points)}</b>
          </li>
        ))}
      </ol>
    </div>
  );
}
