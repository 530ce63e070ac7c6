/**
 * A delegate's beats: every half second while the button is held, every second while the page is only there. The server
 * decides what they mean; a beat that is lost or late can only delay.
 */

import { signal } from "@preact/signals";
import { buzz, randomId } from "../play/device";

export interface Standing {
  state: "ready" | "armed" | "fired";
  armed: boolean;
  hold_s: number;
  slogan: string;
  title: string;
  missing: number;
  share: number;
  known: boolean;
  me: { name: string; place: string; part: string; holding: boolean; share: number };
}

const HELD_MS = 500;
const IDLE_MS = 1000;
const OVER_MS = 5000;
const TIMEOUT_MS = 4000;
const MOST_AT_ONCE = 3;

export const standing = signal<Standing | null>(null);
/** The link opens no button. */
export const refused = signal(false);
export const trouble = signal(false);
export const held = signal(false);

let press = "";
let under = 0;
let sent = 0;
let seen = 0;
let timer = 0;
let path = "";
let token = "";

function send(): void {
  // On a slow network the beats overlap; more than a few would only pile up.
  if (under >= MOST_AT_ONCE) return;
  under++;
  const number = ++sent;
  const aborter = typeof AbortController === "function" ? new AbortController() : null;
  const limit = window.setTimeout(() => aborter && aborter.abort(), TIMEOUT_MS);
  fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer " + token },
    body: JSON.stringify({ press, down: held.value }),
    cache: "no-store",
    signal: aborter ? aborter.signal : undefined,
  })
    .then((response) => {
      refused.value = response.status === 401;
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    })
    .then(
      (told: Standing) => {
        trouble.value = false;
        if (number < seen) return;
        seen = number;
        if (told.state === "fired" && standing.value && standing.value.state === "armed") buzz(400);
        standing.value = told;
      },
      () => {
        trouble.value = !refused.value;
      },
    )
    .then(() => {
      clearTimeout(limit);
      under--;
    });
}

function plan(): void {
  clearTimeout(timer);
  const over = refused.value || (standing.value !== null && standing.value.state === "fired");
  timer = window.setTimeout(
    () => {
      // A page behind another is nobody at a button.
      if (!document.hidden) send();
      plan();
    },
    over ? OVER_MS : held.value ? HELD_MS : IDLE_MS,
  );
}

export function down(): void {
  if (held.value) return;
  press = randomId();
  held.value = true;
  buzz(30);
  send();
  plan();
}

export function up(): void {
  if (!held.value) return;
  held.value = false;
  send();
  plan();
}

/** Begins to beat; call once. */
export function start(slug: string, secret: string): void {
  path = "/api/festivals/" + slug + "/launch/beat";
  token = secret;
  send();
  plan();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) send();
  });
}
