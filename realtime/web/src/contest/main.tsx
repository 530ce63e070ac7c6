/** The phone's page of a contest: its words, who this is, the attempt this device still has, the first drawing. */

import "../core/polyfills";
import { render } from "preact";
import { addWords, setLang } from "../core/i18n";
import en from "../locale/contest.en.json";
import vi from "../locale/contest.vi.json";
import { App } from "./app";
import { resumeHere } from "./attempt";
import { refresh } from "./me";
import { go } from "./place";
import "./wake";

addWords(vi, en);

// Whoever comes from a page in the other language goes on in it; the address forgets it, so that a choice made here lasts.
const asked = /[?&]lang=(vi|en)\b/.exec(location.search);
if (asked) {
  setLang(asked[1] === "en" ? "en" : "vi");
  history.replaceState(null, "", location.pathname + location.hash);
}

refresh();
if (resumeHere()) go("attempt", "", true);

const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
