/**
 * The stage's sound: plays what `score` says, through one volume that a key turns off. Browsers let a page sound only
 * after somebody has touched it; until then it is silent and says so.
 */

import { effect, signal } from "@preact/signals";
import { msLeft, type Deadline } from "../core/countdown";
import type { StageState } from "../core/frames";
import { keep, recall } from "../core/storage";
import { bell, drum, gong, wood } from "./instruments";
import { cueOf, loopOf, TICK_FROM, type Loop, type Stroke } from "./score";

/** off: by the key · blocked: the browser waits for a touch · on */
export type Sounding = "off" | "blocked" | "on" | "none";

const VOLUME = 0.8;
const AHEAD_S = 0.3;
const LOOK_MS = 100;

export const wanted = signal(recall("stage.sound") !== "off");
const running = signal(false);

type Maker = new () => AudioContext;
const browser = window as unknown as { AudioContext?: Maker; webkitAudioContext?: Maker };
const Audio = browser.AudioContext || browser.webkitAudioContext;

export function sounding(): Sounding {
  if (!Audio) return "none";
  if (!wanted.value) return "off";
  return running.value ? "on" : "blocked";
}

let audio: AudioContext | null = null;
let volume: GainNode | null = null;
let music: GainNode | null = null;

function start(): void {
  if (!Audio) return;
  if (!audio) {
    audio = new Audio();
    volume = audio.createGain();
    volume.connect(audio.destination);
    audio.onstatechange = () => (running.value = audio!.state === "running");
    running.value = audio.state === "running";
  }
  if (audio.state === "suspended") audio.resume().catch(() => undefined);
}

export function toggle(): void {
  wanted.value = !wanted.value;
  keep("stage.sound", wanted.value ? null : "off");
  if (wanted.value) start();
}

function play(to: AudioNode, { on, step, loud }: Omit<Stroke, "at">, at: number): void {
  if (on === "gong") gong(to, step, at, loud);
  else if (on === "bell") bell(to, step, at, loud);
  else if (on === "wood") wood(to, step, at, loud);
  else drum(to, at, loud);
}

let cueBus: GainNode | null = null;

/** Plays strokes from now on; what a former cue still had to say is cut. */
function sound(strokes: readonly Stroke[]): void {
  if (!audio || !volume || audio.state !== "running") return;
  if (cueBus) cueBus.gain.setTargetAtTime(0, audio.currentTime, 0.05);
  cueBus = audio.createGain();
  cueBus.connect(volume);
  for (const stroke of strokes) play(cueBus, stroke, audio.currentTime + 0.02 + stroke.at);
}

let loop: Loop | null = null;
let nextBeat = 0;
let nextAt = 0;

function change(next: Loop | null): void {
  if (next === loop || !audio || !volume) return;
  // The old music fades, what it had planned ahead with it.
  if (music) music.gain.setTargetAtTime(0, audio.currentTime, 0.15);
  music = null;
  loop = next;
  if (!next) return;
  music = audio.createGain();
  music.connect(volume);
  nextBeat = 0;
  nextAt = audio.currentTime + 0.1;
}

function look(): void {
  if (!audio || !loop || !music || audio.state !== "running") return;
  // A page that was in the background for a while does not catch up with all it has missed.
  if (nextAt < audio.currentTime) nextAt = audio.currentTime + 0.05;
  while (nextAt < audio.currentTime + AHEAD_S) {
    for (const stroke of loop.strokes) if (stroke.beat === nextBeat) play(music, stroke, nextAt);
    nextBeat = (nextBeat + 1) % loop.beats;
    nextAt += loop.beat;
  }
}

let ticks: number[] = [];

function planTicks(picture: StageState, end: Deadline): void {
  ticks.forEach((timer) => clearTimeout(timer));
  ticks = [];
  const left = picture.phase === "open" && picture.sound && !picture.blank ? msLeft(end) : null;
  if (left === null) return;
  for (let second = 1; second <= TICK_FROM; second++) {
    const wait = left - second * 1000;
    if (wait < 0) continue;
    ticks.push(
      window.setTimeout(() => {
        if (audio && volume && audio.state === "running") wood(volume, 5, audio.currentTime + 0.01, 0.5);
      }, wait),
    );
  }
}

/** Follows the pictures for as long as the page lives. */
export function follow(picture: () => StageState | null, end: () => Deadline): void {
  if (!Audio) return;
  let before: StageState | null = null;
  let counted: number | null = null;
  // Before anybody has touched the page a browser only complains.
  const touched = (navigator as unknown as { userActivation?: { hasBeenActive: boolean } }).userActivation;
  if (touched && touched.hasBeenActive) start();
  for (const touch of ["keydown", "pointerdown"]) document.addEventListener(touch, () => wanted.value && start());
  window.setInterval(look, LOOK_MS);
  effect(() => {
    if (volume && audio) volume.gain.setTargetAtTime(wanted.value ? VOLUME : 0, audio.currentTime, 0.03);
  });
  effect(() => {
    const now = picture();
    const until = end();
    if (!running.value || !now) return;
    change(loopOf(now));
    const cue = cueOf(before, now);
    if (cue.length > 0) sound(cue);
    if (now.blank || !now.sound) sound([]);
    if (until.end !== counted || !before || before.phase !== now.phase || before.sound !== now.sound)
      planTicks(now, until);
    counted = until.end;
    before = now;
  });
}
