/** The phone page of a team's member: its words, the link, the first drawing, the worker that keeps it on the phone. */

import "../core/polyfills";
import { render } from "preact";
import { addWords } from "../core/i18n";
import en from "../locale/team.en.json";
import vi from "../locale/team.vi.json";
import { App } from "./app";
import { queue, refresh, takeLink } from "./store";

addWords(vi, en);
takeLink();
window.addEventListener("hashchange", () => {
  takeLink();
  refresh();
});
refresh();
queue.now();

const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);

// Where the browser allows it the page opens without a network: what was loaded now is put aside for then.
if (window.isSecureContext && navigator.serviceWorker && window.caches) {
  const files = [location.pathname, "/static/gate_decoder.js"];
  document.querySelectorAll<HTMLScriptElement>("script[src]").forEach((one) => files.push(one.src));
  document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]').forEach((one) => files.push(one.href));
  navigator.serviceWorker
    .register("/team-worker.js", { scope: "/team" })
    .then(() => caches.open("team-1"))
    .then((shelf) => Promise.all(files.map((file) => shelf.add(file).catch(() => undefined))))
    .catch(() => undefined);
}
