/**
 * Small things kept on this device, with memory in their stead where the browser forbids storage (private mode).
 * Never throws; never keeps anything a server has not given or the person has not typed.
 */

const memory: { [key: string]: string } = {};
const PREFIX = "hoithi.";

/** The text kept under `key`, or null. */
export function recall(key: string): string | null {
  try {
    const kept = localStorage.getItem(PREFIX + key);
    if (kept !== null) return kept;
  } catch (_) {
    // Storage is switched off: memory holds it for as long as the page lives.
  }
  return key in memory ? memory[key]! : null;
}

/** Keeps `value` under `key`; null forgets it. */
export function keep(key: string, value: string | null): void {
  if (value === null) delete memory[key];
  else memory[key] = value;
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch (_) {
    // Full or switched off: memory has it.
  }
}

/** What was kept with keepValue, or null when there is nothing or it is not JSON. */
export function recallValue<T>(key: string): T | null {
  const text = recall(key);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch (_) {
    return null;
  }
}

export function keepValue(key: string, value: unknown): void {
  keep(key, JSON.stringify(value));
}
