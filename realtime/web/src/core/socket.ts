/**
 * A WebSocket that comes back: full jitter, a spread when the server says goodbye, a stop when it says stop, and another
 * wire (HTTP polling) where WebSocket cannot be had. Knows nothing of what the frames mean but for `bye`.
 */

import { signal, type ReadonlySignal } from "@preact/signals";
import type { Bye } from "./frames";

/** idle: not started · connecting · open · waiting: lost, will try again by itself · stopped: for good. */
export type LinkState = "idle" | "connecting" | "open" | "waiting" | "stopped";

export interface Handlers {
  /** One frame, parsed; `at` is performance.now() of its arrival. */
  frame(frame: { t: string }, at: number): void;
  /** The wire is gone; a code of 4500–4999 means for good. */
  gone(code: number): void;
  /** The wire works: frames may be sent. */
  up(): void;
}

/** One connection, by whatever means. */
export interface Wire {
  send(frame: object): boolean;
  close(): void;
}

export interface SocketOptions<F extends { t: string }> {
  /** "/ws", "/ws/stage", "/ws/host". */
  path: string;
  /** The first frame of every connection. Called anew each time, so it must read the present, not a captured past. */
  greet(): object;
  onFrame(frame: F, at: number): void;
  /** Called after the greeting was sent: the moment to resend what waits. */
  onOpen?(): void;
  /** Called once when the server said to stop (4500–4999). */
  onStop?(code: number): void;
  /** Whether the greeting takes a seat again: such phones are let in before newcomers. */
  returns?(): boolean;
  /** How many phones may have lost their link in the same moment as this one. */
  crowd?(): number;
  /** Another wire, tried after three upgrades in a row failed; it reports gone() when it cannot work either. */
  fallback?(handlers: Handlers): Wire;
}

export interface Socket {
  readonly state: ReadonlySignal<LinkState>;
  /** True while frames travel by the fallback. */
  readonly polling: ReadonlySignal<boolean>;
  start(): void;
  /** False when it could not be handed over; nothing is queued here. */
  send(frame: object): boolean;
  /** Drops a connection that looks dead and takes a new one after random(0, spreadMs). */
  refresh(spreadMs?: number): void;
  /** Ends it on this side; start() may follow. */
  stop(): void;
}

const BASE_MS = 500;
const MOST_MS = 20_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** An attempt counts as a success, and the back-off starts over, when it lasted this long. */
const STEADY_MS = 5_000;
const FAILURES_BEFORE_FALLBACK = 3;
/** How soon a socket is tried while the fallback serves, and at most how seldom: the door may only have been too full. */
const PROBE_MS = 10_000;
const MOST_PROBE_MS = 60_000;
/** The same when not even the fallback could be had before: there was no network, and that says nothing of sockets. */
const PROBE_SOON_MS = 1_000;
/** A killed server announces no spread: so much for each phone of the room, but no server holds a whole large one. */
const CROWD_MS = 0.5;
const MOST_CROWD_MS = 10_000;

/** Full jitter: random(0, min(20 s, 0.5 s · 2^n)). */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(MOST_MS, BASE_MS * Math.pow(2, Math.min(attempt, 10)));
}

export function socketUrl(path: string): string {
  return location.protocol.replace("http", "ws") + "//" + location.host + path;
}

export function createSocket<F extends { t: string }>(options: SocketOptions<F>): Socket {
  const state = signal<LinkState>("idle");
  const polling = signal(false);
  let wire: Wire | null = null;
  let attempt = 0;
  let failedUpgrades = 0;
  let nothingWorked = false;
  let spread: number | null = null;
  let timer = 0;
  let steady = 0;
  let generation = 0;

  function clear(): void {
    clearTimeout(timer);
    clearTimeout(steady);
    generation++;
    const old = wire;
    wire = null;
    if (old) old.close();
  }

  function crowdMs(): number {
    return options.crowd ? Math.min(MOST_CROWD_MS, options.crowd() * CROWD_MS) : 0;
  }

  function wait(): void {
    const usual = Math.max(backoffMs(attempt), attempt ? 0 : Math.random() * crowdMs());
    const delay = spread === null ? usual : Math.random() * spread;
    spread = null;
    attempt++;
    state.value = "waiting";
    clearTimeout(timer);
    timer = window.setTimeout(connect, delay);
  }

  function connect(): void {
    clear();
    const mine = generation;
    const byFallback = !!options.fallback && (failedUpgrades >= FAILURES_BEFORE_FALLBACK || !("WebSocket" in window));
    state.value = "connecting";
    const handlers: Handlers = {
      up() {
        if (mine !== generation) return;
        if (!byFallback) failedUpgrades = 0;
        polling.value = byFallback;
        state.value = "open";
        const soon = byFallback && nothingWorked;
        nothingWorked = false;
        steady = window.setTimeout(
          () => {
            attempt = 0;
            if (byFallback) probe(soon ? PROBE_SOON_MS : PROBE_MS);
          },
          soon ? PROBE_SOON_MS : STEADY_MS,
        );
        if (!byFallback && wire) wire.send(options.greet());
        if (options.onOpen) options.onOpen();
      },
      frame(frame, at) {
        if (mine !== generation) return;
        if (frame.t === "bye") spread = (frame as Bye).spread || 0;
        options.onFrame(frame as F, at);
      },
      gone(code) {
        if (mine !== generation) return;
        const opened = state.value === "open";
        clear();
        polling.value = false;
        if (code >= 4500 && code < 5000) {
          state.value = "stopped";
          if (options.onStop) options.onStop(code);
          return;
        }
        if (!opened && byFallback) nothingWorked = true;
        if (!opened && navigator.onLine !== false) {
          failedUpgrades = byFallback ? FAILURES_BEFORE_FALLBACK - 1 : failedUpgrades + 1;
        }
        wait();
      },
    };
    try {
      const path = options.path + (options.returns && options.returns() ? "?back" : "");
      wire = byFallback ? options.fallback!(handlers) : webSocketWire(path, handlers);
    } catch (_) {
      handlers.gone(1006);
    }
  }

  // While the fallback serves, a trial socket finds out whether WebSocket works by now; frames go on meanwhile.
  function probe(afterMs: number): void {
    steady = window.setTimeout(() => {
      const mine = generation;
      probe(Math.min(MOST_PROBE_MS, afterMs * 2));
      if (document.hidden || !("WebSocket" in window)) return;
      const trial = new WebSocket(socketUrl(options.path + "?back"));
      trial.onopen = () => {
        trial.close();
        if (mine !== generation) return;
        failedUpgrades = 0;
        connect();
      };
    }, afterMs * (0.75 + Math.random() / 2));
  }

  // Coming back from no network, or from a pocket, must not wait for the back-off.
  function nudge(): void {
    if (state.value === "waiting") {
      attempt = Math.min(attempt, 2);
      clearTimeout(timer);
      timer = window.setTimeout(connect, Math.random() * Math.max(1000, crowdMs()));
    }
  }
  window.addEventListener("online", nudge);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) nudge();
  });

  return {
    state,
    polling,
    start() {
      attempt = 0;
      connect();
    },
    send(frame) {
      return state.value === "open" && wire !== null && wire.send(frame);
    },
    refresh(spreadMs = 1000) {
      if (state.value !== "open") return;
      clear();
      spread = spreadMs;
      wait();
    },
    stop() {
      clear();
      polling.value = false;
      state.value = "idle";
    },
  };
}

function webSocketWire(path: string, handlers: Handlers): Wire {
  const socket = new WebSocket(socketUrl(path));
  const timeout = window.setTimeout(() => finish(1006), CONNECT_TIMEOUT_MS);
  let done = false;

  function finish(code: number): void {
    if (done) return;
    done = true;
    clearTimeout(timeout);
    socket.close();
    handlers.gone(code);
  }

  socket.onopen = () => {
    clearTimeout(timeout);
    if (!done) handlers.up();
  };
  socket.onmessage = (message) => {
    const at = performance.now();
    let frame: { t: string };
    try {
      frame = JSON.parse(message.data as string);
    } catch (_) {
      return;
    }
    if (!done) handlers.frame(frame, at);
  };
  socket.onclose = (closed) => finish(closed.code);
  socket.onerror = () => {
    // onclose follows and carries the code.
  };
  return {
    send(frame) {
      if (done || socket.readyState !== WebSocket.OPEN) return false;
      try {
        socket.send(JSON.stringify(frame));
        return true;
      } catch (_) {
        return false;
      }
    },
    close() {
      done = true;
      clearTimeout(timeout);
      socket.close();
    },
  };
}
