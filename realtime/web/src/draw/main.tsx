/**
 * The part of a draw's public page that recomputes it in the visitor's own browser: /f/{slug}/draws/{id}. The page says
 * everything without it. Never trusts a result of the server: only the pool, the digits and the published hash go in.
 */

import "../core/polyfills";
import { render } from "preact";
import { addWords, lang } from "../core/i18n";
import en from "../locale/draw.en.json";
import vi from "../locale/draw.vi.json";
import { Checker, type Published } from "./checker";
import * as verify from "./verify";

// For whoever wants to try it by hand in the browser's console, and for its tests.
(window as unknown as { hoithiDraw: typeof verify }).hoithiDraw = verify;

const place = document.getElementById("draw-check");
if (place) {
  const data = place.dataset;
  addWords(vi, en);
  lang.value = data.lang === "en" ? "en" : "vi";
  const published: Published = {
    pool: data.pool || "",
    id: data.id || "",
    hash: data.hash || "",
    digits: data.digits || "",
    winners: (data.winners || "").split(" ").filter((ticket) => ticket !== ""),
  };
  place.textContent = "";
  render(<Checker published={published} />, place);
}
