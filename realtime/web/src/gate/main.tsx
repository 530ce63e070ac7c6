/** The page of a staff phone: its words, its link, what waits on it, the first drawing. */

import "../core/polyfills";
import { render } from "preact";
import { addWords } from "../core/i18n";
import en from "../locale/gate.en.json";
import vi from "../locale/gate.vi.json";
import { loadUnits } from "../play/units";
import { App } from "./app";
import { load } from "./camera";
import { parseCard } from "./card";
import { keepPage } from "./offline";
import { reload } from "./queue";
import { takeLink } from "./store";
import { flush, refresh } from "./sync";

addWords(vi, en);
takeLink();
window.addEventListener("hashchange", () => {
  takeLink();
  refresh();
});

reload().then(() => {
  refresh();
  flush();
});
// Everything that may be needed where there is no network is fetched now.
loadUnits();
load().catch(() => undefined);
keepPage();
// For the test that holds this reading of cards to the server's.
(window as unknown as { hoithiCard: typeof parseCard }).hoithiCard = parseCard;

const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
