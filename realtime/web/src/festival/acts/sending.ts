/**
 * What guests do in the hall's acts, on its way: kept on this phone with an id until its receipt comes, also across
 * reloads and lost networks. A later wish for the same thing takes the place of one that still waits.
 */

import { signal } from "@preact/signals";
import { Refusal, refusalText } from "../../contest/api";
import { Queue, type Outcome, type Waiting } from "../../core/queue";
import { randomId } from "../../play/device";
import { slug } from "../place";
import { call, refreshMe } from "../store";
import type { Me } from "../types";

export type What = "vote" | "words" | "pledge";

interface Sending {
  item: number;
  what: What;
  body: { [key: string]: unknown };
}

interface Receipt {
  id: string;
  kept: unknown;
}

/** What the server has receipted in this page's life, by item: newer than what `me` says. */
export const receipts = signal<{ [item: number]: unknown }>({});

function send(thing: Waiting<Sending>): Promise<Outcome> {
  const { item, what, body } = thing.value;
  return call<Receipt>("/acts/" + item + "/" + what, { body: { ...body, id: thing.id } }).then(
    (receipt): Outcome => {
      receipts.value = { ...receipts.value, [item]: receipt.kept };
      refreshMe();
      return "kept";
    },
    (error): Outcome => {
      if (error instanceof Refusal && error.passing) return "later";
      return { refused: refusalText(error) };
    },
  );
}

const queue = new Queue<Sending>("acts." + slug, send);
queue.now();

/** Keeps and sends; what still waits for the same item is given up. */
export function submit(item: number, what: What, body: { [key: string]: unknown }): void {
  for (const thing of queue.items.value) if (thing.value.item === item) queue.drop(thing.id);
  queue.add(randomId(), { item, what, body });
}

/** What waits for this item, or was refused. */
export function waitingFor(item: number): Waiting<Sending> | null {
  const own = queue.items.value.filter((thing) => thing.value.item === item);
  return own[own.length - 1] || null;
}

/** Somebody has read why it was refused. */
export function dismiss(item: number): void {
  for (const thing of queue.items.value) if (thing.value.item === item && thing.refused) queue.drop(thing.id);
}

/** Forgets a receipt: what it said was taken back. */
export function forget(item: number): void {
  const { [item]: _, ...others } = receipts.value;
  receipts.value = others;
}

/** What the server keeps of this guest for an item: from a receipt, else from `me`; null: nothing. */
export function keptOf<T>(me: Me | null, part: "votes" | "words" | "pledges", item: number): T | null {
  if (item in receipts.value) return receipts.value[item] as T;
  const own = me && (me["acts"] as { [part: string]: { [item: string]: unknown } } | undefined);
  const found = own && own[part] && own[part]![String(item)];
  return (found as T | undefined) || null;
}
