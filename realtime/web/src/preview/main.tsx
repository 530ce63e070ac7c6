/**
 * Shows a question to the organiser exactly as phones or the hall will see it: the same components, fed with a frame
 * that the page carries. Connects to nothing.
 *
 * An element with data-preview='{"surface": "phone" | "stage", "state": the state frame}' becomes the picture.
 */

import "../core/polyfills";
import { pageLang } from "./page_lang";
import { render } from "preact";
import type { StageState, State } from "../core/frames";
import { addWords, lang } from "../core/i18n";
import playEn from "../locale/play.en.json";
import playVi from "../locale/play.vi.json";
import bellEn from "../locale/bell_stage.en.json";
import bellVi from "../locale/bell_stage.vi.json";
import duelPlayEn from "../locale/duel.en.json";
import duelPlayVi from "../locale/duel.vi.json";
import duelEn from "../locale/duel_stage.en.json";
import duelVi from "../locale/duel_stage.vi.json";
import hallEn from "../locale/hall_stage.en.json";
import hallVi from "../locale/hall_stage.vi.json";
import stageEn from "../locale/stage.en.json";
import stageVi from "../locale/stage.vi.json";
import { Question } from "../play/question";
import { Result } from "../play/result";
import { you } from "../play/session";
import { whole } from "../stage/link";
import { StageView } from "../stage/view";

interface Shown {
  surface: "phone" | "stage";
  state: State | StageState;
}

/** What the frames leave out where it is not known is null, as in a round. */
function complete(state: State): State {
  return { ...state, right: state.right ?? null, why: state.why ?? null, counts: state.counts ?? null };
}

/** A tap must not become an answer: there is nobody to take it. */
function swallow(happened: Event): void {
  happened.preventDefault();
  happened.stopPropagation();
}

function Phone({ state }: { state: State }) {
  if (state.phase === "revealed") return <Result picture={state} />;
  return <Question picture={{ ...state, q: state.q && { ...state.q, left: null } }} at={0} />;
}

function Preview({ surface, state }: Shown) {
  if (surface === "stage") {
    // The clock stands: a preview has all the time.
    return (
      <main style={{ height: "100%" }}>
        <StageView picture={whole(state as StageState)} counts={null} deadline={{ end: null }} lively={false} />
      </main>
    );
  }
  return (
    <div class="page" onClickCapture={swallow} onPointerDownCapture={swallow} onSubmitCapture={swallow}>
      <Phone state={complete(state as State)} />
    </div>
  );
}

/** After the reveal the phone shows what somebody sees who was right. */
function answerRightly(state: State): void {
  if (state.phase !== "revealed" || !state.q) return;
  you.value = {
    t: "you",
    v: state.v,
    points: 0,
    correct: 1,
    rank: null,
    of: 1,
    out: false,
    out_at: null,
    back: false,
    q: state.q.n,
    kept: state.right ?? null,
    verdict: state.q.type === "poll" ? null : "right",
    award: null,
    gap: null,
    fair_ms: null,
    credit_ms: null,
  };
}

addWords(playVi, playEn);
addWords(stageVi, stageEn);
addWords(bellVi, bellEn);
addWords(duelPlayVi, duelPlayEn);
addWords(duelVi, duelEn);
addWords(hallVi, hallEn);
lang.value = pageLang;
for (const place of Array.from(document.querySelectorAll<HTMLElement>("[data-preview]"))) {
  const shown = JSON.parse(place.dataset.preview!) as Shown;
  if (shown.surface === "phone") answerRightly(shown.state);
  place.style.height = "100%";
  render(<Preview {...shown} />, place);
}
