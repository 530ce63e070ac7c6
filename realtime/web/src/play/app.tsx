/** Chooses the screen from the session; each is a component of its own, so that nothing of the last one lingers. */

import { Join } from "./join";
import { Question } from "./question";
import { Final, Result, Standings } from "./result";
import { Cancelled, Coming, Ended, GetReady, Lobby, Paused } from "./rooms";
import { seen, where } from "./session";
import { TopBar } from "./topbar";

function Room() {
  const now = seen.value;
  if (!now) return <Coming />;
  const { frame, at } = now;
  const q = frame.q;
  switch (frame.phase) {
    case "lobby":
      return <Lobby />;
    case "get_ready":
      return q ? <GetReady key={q.n} q={q} at={at} again={frame.again} /> : <Coming />;
    case "open":
    case "closing":
      return q ? <Question key={q.n} picture={frame} at={at} /> : <Coming />;
    case "revealed":
      return q ? <Result key={q.n} picture={frame} /> : <Coming />;
    case "standings":
      return <Standings />;
    case "paused":
      return <Paused />;
    case "podium":
    case "finished":
      return <Final picture={frame} />;
    case "cancelled":
      return <Cancelled />;
    default:
      return <Coming />;
  }
}

export function App() {
  const place = where.value;
  if (place === "join" || place === "joining") return <Join />;
  return (
    <div class="page">
      <TopBar />
      {place === "room" ? <Room /> : <Ended />}
    </div>
  );
}
