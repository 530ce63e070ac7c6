/**
 * What the projector knows: the last picture, asked for again and again. Keeps it through every trouble with the network;
 * the token stays in the fragment and travels in a header only.
 */

import { signal } from "@preact/signals";
import type { StageState } from "../festival/types";

export const stage = signal<StageState | null>(null);
/** The token no longer opens this stage. */
export const refused = signal(false);
export const trouble = signal(false);

const slug = (/^\/f\/([^/]+)\//.exec(location.pathname) || ["", ""])[1]!;
/** One's own token, for scenes that ask for more. */
export const token = decodeURIComponent(location.hash.slice(1));

/** A path below /api/festivals/{slug}. */
export function festivalApi(path: string): string {
  return "/api/festivals/" + slug + path;
}

const QUICK_MS = 600;
const QUIET_MS = 1500;
let etag: string | null = null;
let failures = 0;

function next(ms: number): void {
  setTimeout(ask, ms * (0.9 + Math.random() * 0.2));
}

export function ask(): void {
  const headers: { [name: string]: string } = { Authorization: "Bearer " + token };
  if (etag) headers["If-None-Match"] = etag;
  fetch(festivalApi("/stage"), { headers, cache: "no-store" })
    .then((response) => {
      refused.value = response.status === 401 || response.status === 403 || response.status === 404;
      if (response.status === 304 || refused.value) return null;
      if (!response.ok) throw new Error(String(response.status));
      const tag = response.headers.get("ETag");
      return response.json().then((value: StageState) => {
        etag = tag;
        stage.value = value;
      });
    })
    .then(
      () => {
        failures = 0;
        trouble.value = false;
        next(refused.value ? 10_000 : stage.value && stage.value.poll_s <= 3 ? QUICK_MS : QUIET_MS);
      },
      () => {
        failures++;
        trouble.value = true;
        next(Math.min(5000, 500 * Math.pow(2, failures)));
      },
    );
}
