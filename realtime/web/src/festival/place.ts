/** Which festival and which screen: the festival is in the path, the screen in the fragment, so that Back works. */

import { signal } from "@preact/signals";
import { lang } from "../core/i18n";

/** The festival of /f/{slug}/app. */
export const slug = (/^\/f\/([^/]+)\//.exec(location.pathname) || ["", ""])[1]!;

/** A path below /api/festivals/{slug}. */
export function festivalApi(path: string): string {
  return "/api/festivals/" + slug + path;
}

/** The public page of the festival in the language shown. */
export function publicPage(): string {
  return "/f/" + slug + (lang.value === "vi" ? "" : "?lang=" + lang.value);
}

export interface Place {
  screen: string;
  id: string;
}

function read(): Place {
  const [name, id] = location.hash.replace(/^#\/?/, "").split("/");
  return { screen: /^[a-z-]{1,20}$/.test(name || "") ? name! : "now", id: /^[\w-]{1,40}$/.test(id || "") ? id! : "" };
}

export const place = signal<Place>(read());
window.addEventListener("hashchange", () => (place.value = read()));
window.addEventListener("popstate", () => (place.value = read()));

/** Shows a screen. `replace`: going back leads past the present one. */
export function go(screen: string, id = "", replace = false): void {
  const hash = "#" + screen + (id ? "/" + id : "");
  if (replace) history.replaceState(null, "", hash);
  else if (location.hash !== hash) history.pushState(null, "", hash);
  place.value = { screen, id };
}
