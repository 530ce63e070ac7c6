/** Pieces of the bar at the top of a phone's page: the language, and a word about the network that does not blink. */

import { useEffect, useState } from "preact/hooks";
import { lang, setLang } from "./i18n";

/** Shows the page in the other language. */
export function LangButton() {
  const other = lang.value === "vi" ? "en" : "vi";
  return (
    <button type="button" class="lang" lang={other} onClick={() => setLang(other)}>
      {other === "en" ? "EN" : "VN"}
      <span class="only-read">{other === "en" ? " – English" : " – Tiếng Việt"}</span>
    </button>
  );
}

/** True once `now` has held for `ms`: a link that blinks is not worth a word. */
export function useHeld(now: boolean, ms: number): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!now) {
      setHeld(false);
      return;
    }
    const timer = setTimeout(() => setHeld(true), ms);
    return () => clearTimeout(timer);
  }, [now]);
  return now && held;
}
