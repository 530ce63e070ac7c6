/** Chooses the screen from the session; each is a component of its own, so that nothing of the last one lingers. */

import { BellStandings, BellStrip, BellWatch, mayAnswer } from "./bell";
import { Buzzer, DuelResult, DuelScore, DuelStrip, mine } from "./duel";
import { Join } from "./join";
import { Question } from "./question";
import { ReactionBar } from "./reactions";
import { Final, Result, Standings } from "./result";
import { Cancelled, Coming, Ended, GetReady, Lobby, Paused } from "./rooms";
import { seen, where, you } from "./session";
import { OverallStrip } from "./teams";
import { TopBar } from "./topbar";

function Room() {
  const now = seen.value;
  if (!now) return <Coming />;
  const { frame, at } = now;
  const { q, duel } = frame;
  switch (frame.phase) {
    case "lobby":
      return <Lobby />;
    case "get_ready":
      return q ? <GetReady key={q.n} q={q} at={at} again={frame.again} /> : <Coming />;
    case "open":
    case "closing":
      if (!mayAnswer(frame.bell, you.value)) return <BellWatch picture={frame} />;
      if (q && duel && duel.now && duel.way === "buzzer") return <Buzzer key={q.n} picture={frame} at={at} />;
      return q ? <Question key={q.n} picture={frame} at={at} /> : <Coming />;
    case "revealed":
      if (q && duel && duel.now && !frame.voided) return <DuelResult picture={frame} />;
      return q ? <Result key={q.n} picture={frame} /> : <Coming />;
    case "standings":
      if (duel) return <DuelScore picture={frame} />;
      return frame.bell ? <BellStandings picture={frame} /> : <Standings />;
    case "paused":
      return <Paused />;
    case "podium":
    case "finished":
      if (duel && !mine(duel)) return <DuelScore picture={frame} />;
      return <Final picture={frame} />;
    case "cancelled":
      return <Cancelled />;
    default:
      return <Coming />;
  }
}

const ASKING = ["get_ready", "open", "closing"];

export function App() {
  const place = where.value;
  const now = place === "room" && seen.value ? seen.value.frame : null;
  if (place === "join" || place === "joining") return <Join />;
  return (
    <div class="page">
      <TopBar />
      {now && now.bell && ASKING.indexOf(now.phase) >= 0 && <BellStrip bell={now.bell} />}
      {now && now.duel && now.duel.faces.length > 0 && (now.duel.now ? ASKING : ["lobby"]).indexOf(now.phase) >= 0 && (
        <DuelStrip duel={now.duel} />
      )}
      {now && <OverallStrip picture={now} />}
      {place === "room" ? <Room key={now ? now.round : 0} /> : <Ended />}
      {now && <ReactionBar />}
    </div>
  );
}
