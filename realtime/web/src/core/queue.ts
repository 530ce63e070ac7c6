/**
 * Things on their way to the server: kept on this device before they are sent, sent one after the other in their order,
 * again until an answer comes, also across reloads and lost networks. Storage is the truth, so that two tabs of a page
 * share one queue. Never drops a thing by itself: what the server refuses stays, marked, until somebody looks at it.
 */

import { signal } from "@preact/signals";
import { keep, keepValue, recallValue } from "./storage";

export interface Waiting<T> {
  /** The thing's own name, made once: the server knows a repeat by it. */
  id: string;
  /** When it was put here, by this device's clock. */
  at: number;
  value: T;
  /** It found no server at least once. */
  late?: boolean;
  /** What the server said against it; it is not sent any more. */
  refused?: string;
}

/** What came of sending: "kept" (stored by the server), "later" (nobody knows), "stop" (not before the page changes
 * something), or the words of a refusal. */
export type Outcome = "kept" | "later" | "stop" | { refused: string };

const FIRST_MS = 3_000;
const LONGEST_MS = 60_000;

export class Queue<T> {
  readonly items = signal<Waiting<T>[]>([]);
  private timer = 0;
  private waitMs = FIRST_MS;
  private busy = false;

  /** `name`: where it is kept; `send` never rejects. */
  constructor(
    private readonly name: string,
    private readonly send: (thing: Waiting<T>) => Promise<Outcome>,
  ) {
    this.read();
    window.addEventListener("storage", () => this.read());
    window.addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.now();
    });
  }

  private read(): Waiting<T>[] {
    const kept = recallValue<Waiting<T>[]>(this.name);
    const list = Array.isArray(kept) ? kept : [];
    this.items.value = list;
    return list;
  }

  private write(list: Waiting<T>[]): void {
    if (list.length) keepValue(this.name, list);
    else keep(this.name, null);
    this.items.value = list;
  }

  private change(id: string, how: (thing: Waiting<T>) => Waiting<T> | null): void {
    const next: Waiting<T>[] = [];
    for (const thing of this.read()) {
      const changed = thing.id === id ? how(thing) : thing;
      if (changed) next.push(changed);
    }
    this.write(next);
  }

  /** Keeps a thing and sends it as soon as it can be. */
  add(id: string, value: T): void {
    const list = this.read();
    if (list.some((thing) => thing.id === id)) return;
    this.write([...list, { id, at: Date.now(), value }]);
    this.now();
  }

  /** Takes a thing out: somebody has looked at its refusal, or thinks better of it. */
  drop(id: string): void {
    this.change(id, () => null);
  }

  has(id: string): boolean {
    return this.items.value.some((thing) => thing.id === id);
  }

  /** Sends at once what waits. */
  now(): void {
    this.waitMs = FIRST_MS;
    this.flush();
  }

  private flush(): void {
    clearTimeout(this.timer);
    if (this.busy) return;
    const next = this.read().filter((thing) => !thing.refused)[0];
    if (!next) return;
    this.busy = true;
    this.send(next).then(
      (outcome) => this.done(next.id, outcome),
      () => this.done(next.id, "later"),
    );
  }

  private done(id: string, outcome: Outcome): void {
    this.busy = false;
    if (outcome === "stop") return;
    if (outcome === "later") {
      this.change(id, (thing) => (thing.late ? thing : { ...thing, late: true }));
      // Not all phones of a commune at once when the network is back.
      this.timer = window.setTimeout(() => this.flush(), this.waitMs * (0.75 + Math.random() / 2));
      this.waitMs = Math.min(this.waitMs * 2, LONGEST_MS);
      return;
    }
    this.waitMs = FIRST_MS;
    if (outcome === "kept") this.drop(id);
    else this.change(id, (thing) => ({ ...thing, refused: outcome.refused }));
    this.flush();
  }
}
