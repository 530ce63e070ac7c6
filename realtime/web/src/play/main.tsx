/** The phone's page: its words, the seat this browser still has, the first drawing. */

import "../core/polyfills";
import { render } from "preact";
import { addWords } from "../core/i18n";
import bellEn from "../locale/bell.en.json";
import bellVi from "../locale/bell.vi.json";
import duelEn from "../locale/duel.en.json";
import duelVi from "../locale/duel.vi.json";
import hallEn from "../locale/hall.en.json";
import hallVi from "../locale/hall.vi.json";
import en from "../locale/play.en.json";
import vi from "../locale/play.vi.json";
import { App } from "./app";
import { codeInAddress } from "./join";
import { resume, storedSeat } from "./session";

addWords(vi, en);
addWords(bellVi, bellEn);
addWords(duelVi, duelEn);
addWords(hallVi, hallEn);

const old = storedSeat();
const code = codeInAddress();
// Whoever scans another room's code wants that room; the form offers the way back.
if (old && (!code || code === old.code)) resume(old);

const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
