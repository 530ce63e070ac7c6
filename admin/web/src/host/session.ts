/**
 * What the host console knows and what it asks of the server: the picture by socket, commands by HTTP, one at a time.
 * Never changes the round by itself: what is shown is what the server said last.
 */

import { signal } from "@preact/signals";
import { deadline, type Deadline } from "../../../../realtime/web/src/core/countdown";
import type { Counts, HostQuestion, HostState, ToHost } from "../../../../realtime/web/src/core/frames";
import { has, t } from "../../../../realtime/web/src/core/i18n";
import { createSocket, type Socket } from "../../../../realtime/web/src/core/socket";
import { followHall } from "./hall_moves";
import { isNewer, whole } from "../../../../realtime/web/src/stage/link";

export type RunState = "asked" | "now" | "ahead" | "void" | "withdrawn";
export type RunQuestion = HostQuestion & { state: RunState };
export interface Seat {
  seat: number;
  name: string;
  shown_name: string | null;
  hidden: boolean;
  kicked?: boolean;
  unit_name: string | null;
  points: number;
  correct: number;
  /** The question that put the seat out of the golden bell. */
  out_at?: number | null;
  /** null: presence is not known by person. */
  online: boolean | null;
}
export interface Notice {
  text: string;
  bad: boolean;
}

export const picture = signal<HostState | null>(null);
export const counts = signal<Counts | null>(null);
export const end = signal<Deadline>({ end: null });
export const run = signal<RunQuestion[]>([]);
export const notice = signal<Notice | null>(null);
/** The step of the round that waits for its answer: while it is set the big button rests. */
export const stepping = signal(false);
/** Right after a phase began: a finger meant for the step before must not hit the next one. */
export const settling = signal(false);

const SETTLE_MS = 500;
const NOTICE_MS = 6_000;
const ANSWER_MS = 10_000;
const PICTURE_MS = 2_500;

let round = 0;
let noticeTimer = 0;
let settleTimer = 0;
let wait: { version: number; done(): void } | null = null;

export function say(text: string, bad = false): void {
  clearTimeout(noticeTimer);
  notice.value = { text, bad };
  noticeTimer = window.setTimeout(() => (notice.value = null), NOTICE_MS);
}

export function api(path: string): string {
  return "/api/rounds/" + round + path;
}

/** JSON from the server, or null when it could not be had; a console that lacks a list goes on. */
export async function fetched<T>(path: string): Promise<T | null> {
  try {
    const response = await fetch(api(path), { headers: { Accept: "application/json" } });
    return response.ok ? ((await response.json()) as T) : null;
  } catch (_) {
    return null;
  }
}

async function loadRun(): Promise<void> {
  const listed = await fetched<RunQuestion[]>("/questions");
  if (listed) run.value = listed;
}

function takePicture(frame: HostState, at: number): void {
  const shown = picture.value;
  if (!isNewer(frame, shown)) return;
  const scene = (state: HostState) => state.phase + (state.q ? state.q.n : 0);
  if (shown && scene(shown) !== scene(frame)) {
    settling.value = true;
    clearTimeout(settleTimer);
    settleTimer = window.setTimeout(() => (settling.value = false), SETTLE_MS);
  }
  if (frame.next_round) followHall(round, frame.next_round);
  const moved = !shown || scene(shown) !== scene(frame) || shown.voids.length !== frame.voids.length;
  picture.value = whole(frame);
  end.value = deadline(frame.q ? frame.q.left : null, at);
  if (wait && frame.v >= wait.version) wait.done();
  if (moved) void loadRun();
}

export function connectHost(id: number): Socket {
  round = id;
  const socket = createSocket<ToHost>({
    path: "/ws/host",
    greet: () => ({ t: "host", round: id }),
    onFrame(frame, at) {
      if (frame.t === "state") takePicture(frame as HostState, at);
      else if (frame.t === "counts") counts.value = frame;
      else if (frame.t === "error") say(frame.message, true);
    },
  });
  socket.start();
  return socket;
}

/** Resolves when a picture of this version has come, or after a while: the socket may be down while HTTP works. */
function pictureOf(version: number): Promise<void> {
  const shown = picture.value;
  if (shown && shown.v >= version) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = window.setTimeout(done, PICTURE_MS);
    function done(): void {
      clearTimeout(timer);
      wait = null;
      resolve();
    }
    wait = { version, done };
  });
}

async function refusal(response: Response): Promise<string> {
  if (response.status === 401) return t("host.error.login");
  let problem: { code?: string; detail?: string; title?: string } = {};
  try {
    problem = await response.json();
  } catch (_) {
    // Not a problem document: a proxy's page, perhaps.
  }
  const key = "host.error." + problem.code;
  if (has(key)) return t(key);
  return t("host.error.other", { detail: problem.detail || problem.title || String(response.status) });
}

async function post(path: string, body: object): Promise<{ version?: number } | null> {
  const abort = new AbortController();
  const timer = window.setTimeout(() => abort.abort(), ANSWER_MS);
  try {
    const response = await fetch(api(path), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal: abort.signal,
    });
    if (response.ok) return await response.json();
    say(await refusal(response), true);
  } catch (_) {
    say(t("host.error.network"), true);
  } finally {
    clearTimeout(timer);
  }
  return null;
}

/**
 * A step of the round (next, close, finish): bound to the version the host saw, so that it is carried out once and only
 * on what was seen. Ignored while another is under way, but for a `confirmed` one, which waits for its turn.
 */
export async function step(command: string, confirmed = false): Promise<void> {
  while (confirmed && stepping.value) await new Promise((later) => setTimeout(later, 50));
  const shown = picture.value;
  if (!shown || stepping.value) return;
  stepping.value = true;
  try {
    const answer = await post("/commands", { command, version: shown.v });
    if (answer && answer.version) await pictureOf(answer.version);
  } finally {
    stepping.value = false;
  }
}

const underWay = new Set<string>();

/** Any other command; the same one is not sent twice at a time. True when the server has done it. */
export async function ask(command: string, more: object = {}): Promise<boolean> {
  const name = command + JSON.stringify(more);
  if (underWay.has(name)) return false;
  underWay.add(name);
  try {
    return (await post("/commands", { command, ...more })) !== null;
  } finally {
    underWay.delete(name);
  }
}

/** The projector's link; kept for this tab, since a new one shuts the old one out. */
export async function stageUrl(anew: boolean): Promise<string | null> {
  const key = "hoithi.stage." + round;
  try {
    const kept = anew ? null : sessionStorage.getItem(key);
    if (kept) return kept;
  } catch (_) {
    // No storage: a new link each time.
  }
  const made = (await post("/stage-token", {})) as { url?: string } | null;
  if (!made || !made.url) return null;
  try {
    sessionStorage.setItem(key, made.url);
  } catch (_) {
    // As above.
  }
  return made.url;
}
