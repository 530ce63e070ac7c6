/** A short tone when a card was read, where it is wanted and the browser lets it sound. */

import { sound } from "./store";

type Scope = Window & { webkitAudioContext?: typeof AudioContext };
let context: AudioContext | null = null;

export function beep(): void {
  if (!sound.value) return;
  try {
    const Context = window.AudioContext || (window as Scope).webkitAudioContext;
    if (!Context) return;
    context = context || new Context();
    const tone = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.15;
    tone.frequency.value = 880;
    tone.connect(volume);
    volume.connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.12);
  } catch (_) {
    // No sound is no reason to stop.
  }
}
