/** What a phone can do besides showing a page: stay awake, buzz, make a random name. All of it may be missing. */

import { signal } from "@preact/signals";

interface Lock {
  release(): Promise<void>;
}
type Awake = Navigator & {
  wakeLock?: { request(kind: "screen"): Promise<Lock> };
};

let wanted = false;
let lock: Promise<Lock> | null = null;

function apply(): void {
  const api = (navigator as Awake).wakeLock;
  if (!api || typeof api.request !== "function") return;
  if (wanted && !document.hidden) {
    // A lock ends by itself when the page is hidden; asking again is harmless.
    lock = api.request("screen");
    lock.catch(() => undefined);
  } else if (!wanted && lock) {
    lock.then((held) => held.release()).catch(() => undefined);
    lock = null;
  }
}

/** Keeps the screen from going dark while `on`. */
export function stayAwake(on: boolean): void {
  if (on === wanted) return;
  wanted = on;
  apply();
}
document.addEventListener("visibilitychange", apply);

/** The phone itself says that it has no network. */
export const offline = signal(navigator.onLine === false);
window.addEventListener("offline", () => (offline.value = true));
window.addEventListener("online", () => (offline.value = false));

/** A short buzz, where phones have one. */
export function buzz(ms: number): void {
  try {
    if (typeof navigator.vibrate === "function") navigator.vibrate(ms);
  } catch (_) {
    // Some embedded browsers forbid it by throwing.
  }
}

/** 128 random bits as 32 hexadecimal digits. */
export function randomId(): string {
  const bytes = new Uint8Array(16);
  if (window.crypto && crypto.getRandomValues) crypto.getRandomValues(bytes);
  else for (let i = 0; i < 16; i++) bytes[i] = Math.random() * 256;
  let text = "";
  for (let i = 0; i < 16; i++) text += (bytes[i]! + 256).toString(16).slice(1);
  return text;
}
