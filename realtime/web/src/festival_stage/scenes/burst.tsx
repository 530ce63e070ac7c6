/** What bursts over the stage at a launch: lozenges of the brocade on a canvas. Nothing at all for less motion. */

import { useEffect, useRef } from "preact/hooks";
import { reducedMotion } from "../../core/motion";

const COLOURS = ["#b3261e", "#f2b705", "#ffffff", "#d8483f"];
const MANY = 420;
const LASTS_MS = 7000;

interface Piece {
  x: number;
  y: number;
  vx: number;
  vy: number;
  size: number;
  turn: number;
  spin: number;
  colour: string;
  delay: number;
}

function pieces(width: number, height: number): Piece[] {
  const made: Piece[] = [];
  for (let n = 0; n < MANY; n++) {
    const angle = Math.random() * Math.PI * 2;
    const speed = (0.25 + Math.random() * 0.95) * height;
    made.push({
      x: width / 2,
      y: height * 0.46,
      vx: Math.cos(angle) * speed * 1.35,
      vy: Math.sin(angle) * speed - height * 0.25,
      size: (0.008 + Math.random() * 0.018) * height,
      turn: Math.random() * Math.PI,
      spin: (Math.random() - 0.5) * 6,
      colour: COLOURS[n % COLOURS.length]!,
      delay: n % 3 === 0 ? 900 : n % 3 === 1 ? 350 : 0,
    });
  }
  return made;
}

/** A lozenge with a heart, as in the band. */
function draw(on: CanvasRenderingContext2D, piece: Piece): void {
  on.save();
  on.translate(piece.x, piece.y);
  on.rotate(piece.turn);
  for (const [size, colour] of [
    [piece.size, piece.colour],
    [piece.size * 0.4, piece.colour === "#ffffff" ? "#b3261e" : "#ffffff"],
  ] as const) {
    on.fillStyle = colour;
    on.beginPath();
    on.moveTo(0, -size);
    on.lineTo(size * 0.7, 0);
    on.lineTo(0, size);
    on.lineTo(-size * 0.7, 0);
    on.fill();
  }
  on.restore();
}

export function Burst() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const on = element && element.getContext("2d");
    if (!element || !on || reducedMotion()) return;
    const width = (element.width = element.clientWidth);
    const height = (element.height = element.clientHeight);
    const all = pieces(width, height);
    const start = performance.now();
    let last = start;
    let frame = 0;
    function step(now: number): void {
      const seconds = Math.min(0.05, (now - last) / 1000);
      const age = now - start;
      last = now;
      on!.clearRect(0, 0, width, height);
      on!.globalAlpha = Math.max(0, Math.min(1, (LASTS_MS - age) / 1500));
      for (const piece of all) {
        if (age < piece.delay) continue;
        // Air slows what flies, and everything falls.
        piece.vx *= 1 - 0.9 * seconds;
        piece.vy = piece.vy * (1 - 0.7 * seconds) + height * 0.55 * seconds;
        piece.x += piece.vx * seconds;
        piece.y += piece.vy * seconds;
        piece.turn += piece.spin * seconds;
        draw(on!, piece);
      }
      if (age < LASTS_MS) frame = requestAnimationFrame(step);
    }
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, []);
  return <canvas class="sc-burst" ref={canvas} aria-hidden="true" />;
}
