/** Which contest and which screen: the contest is in the path, the screen in the fragment, so that Back works. */

import { signal } from "@preact/signals";
import { lang } from "../core/i18n";

export type Screen =
  | "home"
  | "enter"
  | "keep-code"
  | "confirm"
  | "sign-in"
  | "start"
  | "attempt"
  | "result"
  | "review"
  | "rank"
  | "complaint"
  | "data";

const SCREENS: Screen[] = [
  "home",
  "enter",
  "keep-code",
  "confirm",
  "sign-in",
  "start",
  "attempt",
  "result",
  "review",
  "rank",
  "complaint",
  "data",
];

export interface Place {
  screen: Screen;
  /** The attempt that result and review are of. */
  id: string;
}

/** The contest of /c/{slug}/app. */
export const slug = (/^\/c\/([^/]+)\//.exec(location.pathname) || ["", ""])[1]!;

/** A path below /api/contests/{slug}. */
export function contestApi(path: string): string {
  return "/api/contests/" + slug + path;
}

/** A public page of the contest, in the language shown here: those pages have one address for each language. */
export function publicPage(path: string): string {
  return "/c/" + slug + path + (lang.value === "vi" ? "" : "?lang=" + lang.value);
}

function read(): Place {
  const [name, id] = location.hash.replace(/^#\/?/, "").split("/");
  const screen = SCREENS.indexOf(name as Screen) >= 0 ? (name as Screen) : "home";
  return { screen, id: /^[\w-]{1,40}$/.test(id || "") ? id! : "" };
}

export const place = signal<Place>(read());
window.addEventListener("hashchange", () => (place.value = read()));

/** Shows a screen. `replace`: going back leads past the present one. */
export function go(screen: Screen, id = "", replace = false): void {
  const hash = "#" + screen + (id ? "/" + id : "");
  if (replace) history.replaceState(null, "", hash);
  else if (location.hash !== hash) history.pushState(null, "", hash);
  place.value = { screen, id };
}
window.addEventListener("popstate", () => (place.value = read()));
