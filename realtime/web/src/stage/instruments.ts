/**
 * The instruments of the stage, made of sine waves and noise while they sound: a gong set, a bell, a drum. No recording
 * is used, so nothing has to be licensed or loaded. Knows nothing of the round.
 */

/** The five notes everything is played on (Hz, from G3): the pentatonic scale that gong sets of the highlands are near. */
const SCALE = [196, 220, 261.6, 293.7, 349.2];

/** Note `step` of the scale; five steps are an octave, negative ones go down. */
export function note(step: number): number {
  const octave = Math.floor(step / SCALE.length);
  return SCALE[step - octave * SCALE.length]! * Math.pow(2, octave);
}

/** What a struck thing is made of: partials as multiples of its note, how loud each is, how long it rings (s). */
interface Body {
  partials: readonly (readonly [ratio: number, loudness: number, seconds: number])[];
}

const GONG: Body = { partials: [[1, 0.6, 1.6], [2.02, 0.28, 0.9], [2.74, 0.16, 0.6], [4.1, 0.07, 0.25]] };
const BELL: Body = { partials: [[0.5, 0.3, 4], [1, 0.5, 3], [1.19, 0.3, 2.4], [2, 0.3, 1.8], [2.98, 0.15, 1.1], [4.2, 0.08, 0.7]] };
const WOOD: Body = { partials: [[1, 0.7, 0.12], [2.6, 0.25, 0.05]] };

function strike(to: AudioNode, body: Body, hz: number, at: number, loudness: number): void {
  const audio = to.context;
  for (const [ratio, share, seconds] of body.partials) {
    const tone = audio.createOscillator();
    const fade = audio.createGain();
    tone.frequency.value = hz * ratio;
    fade.gain.setValueAtTime(0.0001, at);
    fade.gain.exponentialRampToValueAtTime(Math.max(0.0002, loudness * share), at + 0.006);
    fade.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
    tone.connect(fade);
    fade.connect(to);
    tone.start(at);
    tone.stop(at + seconds + 0.02);
  }
}

export function gong(to: AudioNode, step: number, at: number, loudness = 0.5): void {
  strike(to, GONG, note(step), at, loudness);
}

export function bell(to: AudioNode, step: number, at: number, loudness = 0.6): void {
  strike(to, BELL, note(step), at, loudness);
}

export function wood(to: AudioNode, step: number, at: number, loudness = 0.4): void {
  strike(to, WOOD, note(step + 5), at, loudness);
}

let hiss: AudioBuffer | null = null;

function noise(audio: BaseAudioContext): AudioBuffer {
  if (hiss && hiss.sampleRate === audio.sampleRate) return hiss;
  hiss = audio.createBuffer(1, Math.floor(audio.sampleRate / 4), audio.sampleRate);
  const samples = hiss.getChannelData(0);
  for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1;
  return hiss;
}

/** One stroke of a drum: a falling tone and a short hiss. */
export function drum(to: AudioNode, at: number, loudness = 0.6): void {
  const audio = to.context;
  const tone = audio.createOscillator();
  const skin = audio.createGain();
  tone.frequency.setValueAtTime(130, at);
  tone.frequency.exponentialRampToValueAtTime(55, at + 0.14);
  skin.gain.setValueAtTime(loudness, at);
  skin.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
  tone.connect(skin);
  skin.connect(to);
  tone.start(at);
  tone.stop(at + 0.24);
  const stick = audio.createBufferSource();
  const fade = audio.createGain();
  stick.buffer = noise(audio);
  fade.gain.setValueAtTime(loudness * 0.25, at);
  fade.gain.exponentialRampToValueAtTime(0.0001, at + 0.06);
  stick.connect(fade);
  fade.connect(to);
  stick.start(at);
  stick.stop(at + 0.07);
}
