/** The phone's frames by plain HTTP, for networks that let no WebSocket through. Asks every two seconds or so. */

import type { Hello, Resume } from "../core/frames";
import type { Handlers, Wire } from "../core/socket";

const EVERY_MS = 2000;
const STOP_CODES: { [code: string]: number } = {
  bad_ticket: 4502,
  kicked: 4501,
  round_over: 4505,
  replaced: 4500,
};

type Reply = { [key: string]: unknown };

/** The frames in a reply: one frame, a list of them, or an object that holds them by kind. */
function framesIn(body: unknown): { t: string }[] {
  if (Array.isArray(body)) return body;
  const reply = body as Reply;
  if (typeof reply["t"] === "string") return [reply as { t: string }];
  if (Array.isArray(reply["frames"])) return reply["frames"];
  const frames: { t: string }[] = [];
  for (const kind of ["welcome", "state", "you", "receipt", "error"]) {
    const frame = reply[kind];
    if (frame && typeof frame === "object") frames.push({ t: kind, ...frame });
  }
  return frames;
}

/** A wire by polling. `ticket` is read at each request; without one the greeting is posted as hello first. */
export function pollingWire(greet: () => Hello | Resume, ticket: () => string | null, handlers: Handlers): Wire {
  let ended = false;
  let timer = 0;
  let etag: string | null = null;
  let failures = 0;
  let unknown = 0;
  let running = false;
  let restMs = 0;

  function end(code: number): void {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    handlers.gone(code);
  }

  /** Asks, hands over the frames, and resolves to whether the server could answer. */
  function ask(path: string, body?: object): Promise<boolean> {
    const headers: { [name: string]: string } = {};
    const secret = ticket();
    if (secret) headers["Authorization"] = "Bearer " + secret;
    if (body) headers["Content-Type"] = "application/json";
    else if (etag) headers["If-None-Match"] = etag;
    return fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) })
      .then((response) => {
        if (response.status === 304) return true;
        if (response.status === 429 || response.status >= 500) {
          restMs = 1000 * Number(response.headers.get("Retry-After") || 0);
          return false;
        }
        if (!body) etag = response.headers.get("ETag");
        return response.json().then((reply: Reply) => {
          if (ended) return true;
          const at = performance.now();
          if (response.ok) {
            unknown = 0;
            for (const frame of framesIn(reply)) handlers.frame(frame, at);
            return true;
          }
          const code = String(reply["code"] || "");
          // A server that is too busy to look a ticket up says the same as for an unknown one: believe it the third time.
          if (secret && response.status === 401 && ++unknown < 3) return true;
          if (!secret) handlers.frame({ t: "error", code, message: reply["detail"] || "" } as { t: string }, at);
          else end(STOP_CODES[code] || (response.status === 401 ? 4502 : 1006));
          return true;
        });
      })
      .catch(() => false);
  }

  function poll(): void {
    if (ended) return;
    const greeting = greet();
    const asked = !ticket() && greeting.t === "hello" ? ask("/api/hello", greeting) : ask("/api/state");
    asked.then((worked) => {
      if (ended) return;
      failures = worked ? 0 : failures + 1;
      if (!worked && (!running || failures >= 3)) {
        end(1006);
        return;
      }
      if (worked && !running) {
        running = true;
        handlers.up();
      }
      if (!ended) timer = window.setTimeout(poll, Math.max(EVERY_MS, restMs) * (0.75 + Math.random() / 2));
      restMs = 0;
    });
  }
  // A tick later: the socket must have the wire in hand before it hears from it.
  timer = window.setTimeout(poll, 0);

  return {
    send(frame) {
      if (ended) return false;
      const { t } = frame as { t: string };
      if (t === "answer") ask("/api/answer", frame);
      else if (t === "team") ask("/api/team", { team: (frame as { team: string }).team });
      return true;
    },
    close() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
