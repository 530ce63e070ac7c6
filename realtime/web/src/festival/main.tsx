/** The phone's page of a festival: its words, the last known state, the first drawing; then it asks. */

import "../core/polyfills";
import { render } from "preact";
import { addWords, setLang } from "../core/i18n";
import en from "../locale/festival.en.json";
import vi from "../locale/festival.vi.json";
import { App } from "./app";
import { start } from "./store";

addWords(vi, en);

// Whoever comes from a page in the other language goes on in it; the address forgets it, so that a choice made here lasts.
const asked = /[?&]lang=(vi|en)\b/.exec(location.search);
if (asked) {
  setLang(asked[1] === "en" ? "en" : "vi");
  history.replaceState(null, "", location.pathname + location.hash);
}

start();
const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
