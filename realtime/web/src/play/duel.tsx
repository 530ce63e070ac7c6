/** A duel on the phone: the big buzzer of a finalist, who is on the stage for everybody else, and who was first. */

import { useLayoutEffect } from "preact/hooks";
import { deadline } from "../core/countdown";
import type { Duel, DuelFace, State } from "../core/frames";
import { hundredths, number, t } from "../core/i18n";
import { Cross, Tick } from "../core/options";
import { TimeBar } from "../core/timebar";
import { BellSign } from "./bell";
import { Heading, LeaveLink, Scroll } from "./parts";
import { Fate, submit } from "./question";
import { Answers } from "./result";
import { myChoice, seat } from "./session";
import { optionsHidden, optionsShown } from "./think";

export function mine(duel: Duel): boolean {
  return !!seat.value && duel.faces.some((face) => face.seat === seat.value!.seat);
}

/** Whether this phone has nothing to answer: a buzzer is for the finalists. */
export function watches(picture: State): boolean {
  const duel = picture.duel;
  return !!duel && duel.now && duel.way === "buzzer" && !mine(duel);
}

function called(duel: Duel, who: number): string {
  if (seat.value && seat.value.seat === who) return t("duel.you");
  const face = duel.faces.filter((each) => each.seat === who)[0];
  return (face && face.name) || t("duel.seat", { seat: who });
}

function all(duel: Duel, seats: readonly number[]): string {
  return seats.map((who) => called(duel, who)).join(", ");
}

/** The plates with their points; the one of this phone is marked. */
export function Faces({ duel, big }: { duel: Duel; big?: boolean }) {
  const plates = big ? duel.faces.slice().sort((a, b) => b.points - a.points) : duel.faces;
  return (
    <ul class={"faces" + (big ? " is-big" : "")}>
      {plates.map((face: DuelFace) => (
        <li key={face.seat} class={seat.value && seat.value.seat === face.seat ? "is-me" : ""}>
          <span>{called(duel, face.seat)}</span> <b>{number(face.points)}</b>
        </li>
      ))}
    </ul>
  );
}

/** Under the top bar: who duels. */
export function DuelStrip({ duel }: { duel: Duel }) {
  return (
    <div class="duel-strip">
      {!mine(duel) && <p>{t(duel.now && duel.way === "buzzer" ? "duel.who" : "duel.fun")}</p>}
      <Faces duel={duel} />
    </div>
  );
}

export function Buzzer({ picture, at }: { picture: State; at: number }) {
  const q = picture.q!;
  const closing = picture.phase === "closing";
  const pressed = myChoice(q.n) !== null;
  const watching = watches(picture);
  useLayoutEffect(() => {
    optionsShown(q.n, true);
    return optionsHidden;
  }, [q.n]);
  return (
    <main class="question is-buzzer">
      <div class="question-top">
        <span class="question-count">{t("question.number", { n: q.n, of: q.of })}</span>
        {!closing && q.left !== null && <TimeBar deadline={deadline(q.left, at)} seconds={q.seconds} />}
      </div>
      <Scroll class="question-stem" label={t("question.stem")} atLeast={0.26}>
        <Heading class="stem">{q.text}</Heading>
      </Scroll>
      {!watching && (
        <>
          <button
            type="button"
            class={"buzzer" + (pressed ? " is-pressed" : "")}
            disabled={pressed || closing}
            onClick={() => submit(q.n, "bell")}
          >
            <BellSign />
            {t(pressed ? "duel.pressed" : "duel.press")}
          </button>
          <div class="question-foot">
            {(pressed || closing) && <Fate q={q} closing={closing} />}
          </div>
        </>
      )}
    </main>
  );
}

function words(duel: Duel, guess: boolean): string {
  const me = seat.value ? seat.value.seat : 0;
  if (duel.turn.indexOf(me) >= 0) return t(duel.turn.length > 1 ? "duel.photo" : "duel.your_turn");
  if (duel.turn.length) return t("duel.turn", { who: all(duel, duel.turn) });
  if (duel.took.indexOf(me) >= 0) return t("duel.yours");
  if (duel.took.length) return t("duel.took", { who: all(duel, duel.took) }) + (guess ? " " + t("duel.guessed") : "");
  return t("duel.nobody");
}

/** After the close: who was first and by how much, whose turn it is, who took the question. */
export function DuelResult({ picture }: { picture: State }) {
  const duel = picture.duel!;
  const q = picture.q!;
  const choice = myChoice(q.n);
  const guess = !mine(duel) && choice !== null && JSON.stringify(choice) === JSON.stringify(picture.right);
  const good = duel.took.length > 0 && !!seat.value && duel.took.indexOf(seat.value.seat) >= 0;
  return (
    <main class="scroll">
      <div class="result">
        <div class={"verdict " + (good ? "is-good" : "is-none")}>
          <Heading>{words(duel, guess)}</Heading>
        </div>
        <ol class="shots">
          {duel.shots.map((shot) => (
            <li key={shot.seat} class={duel.turn.indexOf(shot.seat) >= 0 ? "is-turn" : ""}>
              <b>{shot.place || "–"}</b>
              <span>{called(duel, shot.seat)}</span>
              <small>
                {shot.place !== null && (shot.behind ? "+" : "") + hundredths(shot.behind || shot.ms) + " " + t("duel.s")}
              </small>
              {shot.right === true && <Tick />}
              {shot.right === false && <Cross />}
            </li>
          ))}
        </ol>
        <Answers picture={picture} choice={duel.way === "buzzer" ? null : choice} />
      </div>
    </main>
  );
}

/** Between the questions, and at the end for those who only watched. */
export function DuelScore({ picture }: { picture: State }) {
  const duel = picture.duel!;
  const over = picture.phase === "finished";
  return (
    <main class="middle">
      <Heading>
        {duel.won === null
          ? t(over ? "duel.over" : "duel.score")
          : seat.value && seat.value.seat === duel.won
            ? t("final.thanks_winner")
            : t("duel.won", { who: called(duel, duel.won) })}
      </Heading>
      <Faces duel={duel} big />
      {over && <LeaveLink ask={false} />}
    </main>
  );
}
