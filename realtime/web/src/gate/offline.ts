/** Keeping the page itself on the phone, where browsers allow it: only on https. Never touches what was scanned. */

import { signal } from "@preact/signals";

/** Whether a reload without a network works: not known yet, yes, or never on this address. */
export const kept = signal<"unknown" | "yes" | "no">("unknown");

export function keepPage(): void {
  if (!window.isSecureContext || !navigator.serviceWorker) {
    kept.value = "no";
    return;
  }
  const scope = location.pathname.replace(/\/+$/, "");
  navigator.serviceWorker.register(scope + "-worker.js", { scope }).then(
    () => navigator.serviceWorker.ready.then(() => (kept.value = "yes")),
    () => (kept.value = navigator.serviceWorker.controller ? "yes" : "no"),
  );
}
