/**
 * Where the words of a cloud stand: the most said in the middle and largest, the others around them on a spiral. The same
 * words give the same picture on every screen. Pure but for `measure`.
 */

export interface Word {
  id: number;
  text: string;
  people: number;
}

export interface Placed {
  id: number;
  text: string;
  size: number;
  /** The centre, from the centre of the field. */
  x: number;
  y: number;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export const LEAST = 34;
const MOST = 150;
/** A few words may fill the field, many must share it. */
const room = (many: number): number => (many > 25 ? 0.7 : many > 10 ? 1 : 1.35);
const LINE = 1.36;
const GAP = 14;
const STEPS = 900;

/** All words are drawn smaller alike until they fit, so that equal counts stay equal; only the last try shrinks them one by one. */
const SCALES = [1, 0.85, 0.72, 0.6, 0.5, 0.42];

/** `measure` gives a text's width at size 100; lengths are units of a 1920 × 1080 picture. */
export function layout(words: readonly Word[], width: number, height: number, measure: (text: string) => number): Placed[] {
  const sorted = words.slice().sort((one, two) => two.people - one.people || one.id - two.id);
  const wide = sorted.map((word) => measure(word.text) / 100);
  let placed: Placed[] = [];
  for (const scale of SCALES) {
    const last = scale === SCALES[SCALES.length - 1];
    placed = attempt(sorted, wide, width, height, scale, last);
    if (placed.length === sorted.length) break;
  }
  return centred(placed, wide, sorted);
}

function attempt(
  sorted: readonly Word[],
  wide: readonly number[],
  width: number,
  height: number,
  scale: number,
  shrink: boolean,
): Placed[] {
  const most = sorted.length ? sorted[0]!.people : 1;
  const boxes: Box[] = [];
  const placed: Placed[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const word = sorted[i]!;
    // Areas, not heights, tell how often a word was said.
    const wished = LEAST + (MOST - LEAST) * Math.sqrt(word.people / most) * room(sorted.length) * scale;
    let size = Math.max(LEAST, Math.min(wished, (width * 0.9) / wide[i]!));
    for (;;) {
      const box = find(boxes, wide[i]! * size + GAP * 2, size * LINE, width, height);
      if (box) {
        boxes.push(box);
        placed.push({ id: word.id, text: word.text, size, x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 });
        break;
      }
      if (!shrink) return placed;
      if (size <= LEAST) break;
      size = Math.max(LEAST, size * 0.82);
    }
  }
  return placed;
}

/** The whole cloud moved into the middle of its field: a few words grow to one side of the first. */
function centred(placed: Placed[], wide: readonly number[], sorted: readonly Word[]): Placed[] {
  if (!placed.length) return placed;
  const widths: { [id: number]: number } = {};
  sorted.forEach((word, i) => (widths[word.id] = wide[i]!));
  const half = (word: Placed) => (widths[word.id]! * word.size) / 2 + GAP;
  const x = Math.min(...placed.map((word) => word.x - half(word))) + Math.max(...placed.map((word) => word.x + half(word)));
  const tall = (word: Placed) => (word.size * LINE) / 2;
  const y = Math.min(...placed.map((word) => word.y - tall(word))) + Math.max(...placed.map((word) => word.y + tall(word)));
  return placed.map((word) => ({ ...word, x: word.x - x / 2, y: word.y - y / 2 }));
}

function find(boxes: readonly Box[], w: number, h: number, width: number, height: number): Box | null {
  for (let step = 0; step < STEPS; step++) {
    const angle = step * 0.35;
    const far = step / STEPS;
    const x = Math.cos(angle) * far * width * 0.5;
    const y = Math.sin(angle) * far * height * 0.5;
    const box = { left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2 };
    if (box.left < -width / 2 || box.right > width / 2 || box.top < -height / 2 || box.bottom > height / 2) continue;
    if (!boxes.some((other) => meet(box, other))) return box;
  }
  return null;
}

function meet(one: Box, two: Box): boolean {
  return one.left < two.right && one.right > two.left && one.top < two.bottom && one.bottom > two.top;
}
