/**
 * Requests to the players' server: JSON in and out, a time-out, and one word for everything that is not an answer.
 * Never retries by itself: who asks knows whether asking again is harmless.
 */

import { signal } from "@preact/signals";
import { has, lang, t } from "../core/i18n";
import type { FieldProblem } from "./types";

const TIMEOUT_MS = 12_000;

/** A request did not lead to what was asked. `code` "network": nobody knows whether it arrived. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly body: { [key: string]: unknown },
    readonly retryAfterMs: number,
  ) {}
  get problems(): FieldProblem[] {
    const listed = this.body["problems"];
    return Array.isArray(listed) ? listed : [];
  }
  /** Whether the same request may succeed later without anybody doing anything. */
  get passing(): boolean {
    return this.code === "network" || this.status === 429 || this.status >= 500;
  }
}

/** The last request found no server. Set by whoever talks, shown in the strip. */
export const unreachable = signal(false);

export interface Ask {
  method?: "GET" | "POST" | "PUT";
  body?: unknown;
  ticket?: string;
  /** The page is going away: let the request outlive it. */
  keepalive?: boolean;
  timeoutMs?: number;
}

/** The answer's JSON; throws (rejects with) a Refusal. 204 gives null. */
export function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const headers: { [name: string]: string } = { Accept: "application/json", "Accept-Language": lang.value };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.ticket) headers["Authorization"] = "Bearer " + options.ticket;
  const aborter = typeof AbortController === "function" ? new AbortController() : null;
  let timer = 0;
  const timeout = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => {
      reject(new Error("timeout"));
      if (aborter) aborter.abort();
    }, options.timeoutMs || TIMEOUT_MS);
  });
  const request = fetch(path, {
    method: options.method || (options.body === undefined ? "GET" : "POST"),
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    credentials: "same-origin",
    cache: "no-store",
    keepalive: options.keepalive,
    signal: aborter ? aborter.signal : undefined,
  }).then((response) => read<T>(response));
  return Promise.race([request, timeout]).then(
    (value) => {
      clearTimeout(timer);
      unreachable.value = false;
      return value;
    },
    (error) => {
      clearTimeout(timer);
      if (error instanceof Refusal) {
        unreachable.value = false;
        throw error;
      }
      unreachable.value = true;
      throw new Refusal(0, "network", "", {}, 0);
    },
  );
}

function read<T>(response: Response): Promise<T> {
  if (response.status === 204) return Promise.resolve(null as unknown as T);
  return response.json().then(
    (body) => {
      if (response.ok) return body as T;
      const after = Number(response.headers.get("Retry-After")) || 0;
      throw new Refusal(response.status, String(body["code"] || ""), String(body["detail"] || ""), body, after * 1000);
    },
    () => {
      // A gateway's HTML page, or half an answer: as good as none.
      if (response.ok) throw new Error("unreadable");
      throw new Refusal(response.status, "", "", {}, 0);
    },
  );
}

/** What to tell a person about a refusal: our words for its code, else the server's, else the general ones. */
export function refusalText(error: unknown): string {
  if (!(error instanceof Refusal)) return t("error.other");
  const key = "error." + error.code;
  return has(key) ? t(key) : error.detail || t("error.other");
}
