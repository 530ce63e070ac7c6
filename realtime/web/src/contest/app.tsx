/** Chooses the screen: what the person asked for, as far as what the server says allows it. */

import { useEffect } from "preact/hooks";
import { t } from "../core/i18n";
import { stage } from "./attempt";
import { Attempt } from "./attempt_screen";
import { Complain } from "./complaint";
import { ConfirmPhone } from "./confirm";
import { Enter } from "./enter";
import { Home, Welcome } from "./home";
import { KeepCode } from "./keep_code";
import { freshCode, me, trouble } from "./me";
import { MyData } from "./my_data";
import { Screen, Problem, Waiting } from "./parts";
import { go, place, type Screen as Name } from "./place";
import { MyRank } from "./rank";
import { ResultScreen } from "./result";
import { ReviewScreen } from "./review";
import { SignIn } from "./sign_in";
import { Start } from "./start";
import { refusalText } from "./api";

/** Screens that need no entry. */
const OPEN: Name[] = ["enter", "sign-in"];

function Nothing() {
  const refusal = trouble.value;
  const final = refusal && !refusal.passing;
  return (
    <Screen title={t("core.name")}>
      {final ? <Problem text={refusalText(refusal)} /> : <Waiting />}
      {refusal && !final && <p class="soft middle-text">{t("net.trying")}</p>}
    </Screen>
  );
}

/** Leads elsewhere when the screen asked for makes no sense now. */
function Lead({ to }: { to: Name }) {
  useEffect(() => go(to, "", true), [to]);
  return <Nothing />;
}

export function App() {
  const { screen, id } = place.value;
  if (screen === "attempt" && stage.value !== "none") return <Attempt />;
  const told = me.value;
  if (!told) return <Nothing />;
  const entry = told.value.entry;
  if (!entry || !told.value.signed_in) {
    if (screen === "enter") return <Enter />;
    if (screen === "sign-in") return <SignIn />;
    return screen === "home" ? <Welcome /> : <Lead to="home" />;
  }
  if (freshCode() && screen !== "keep-code") return <Lead to="keep-code" />;
  switch (screen) {
    case "keep-code":
      return freshCode() ? <KeepCode /> : <Lead to="home" />;
    case "enter":
      return entry.state === "invited" ? <Enter /> : <Lead to="home" />;
    case "confirm":
      return entry.state === "unconfirmed" ? <ConfirmPhone /> : <Lead to="home" />;
    case "start":
      return entry.state === "active" ? <Start /> : <Lead to="home" />;
    case "result":
      return <ResultScreen key={id} id={id} />;
    case "review":
      return <ReviewScreen key={id} id={id} />;
    case "rank":
      return <MyRank />;
    case "complaint":
      return <Complain key={id} attempt={id} />;
    case "data":
      return <MyData />;
    case "attempt":
      return <Lead to="home" />;
    default:
      return OPEN.indexOf(screen) >= 0 ? <Lead to="home" /> : <Home />;
  }
}
