/**
 * The arithmetic of public draws, a third writing of it beside draw.py and verify_draw.py, with nothing of the browser's
 * own: Web Crypto is missing on plain http, and old phones know neither BigInt nor TextEncoder.
 *
 *   pool hash   SHA-256 over the sorted lines, each ended by a line feed
 *   seed        SHA-256 over "draw/v1", the pool hash, the draw's id and the digits, joined by line feeds
 *   block i     HMAC-SHA256(seed, i as 8 bytes, big-endian), i = 0, 1, 2 …
 *   an index    the next block as a number; when it is at or above the largest multiple of how many are left, it is
 *               passed over, else its remainder counts among those left, in the order of the pool
 */

type Bytes = Uint8Array;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const K = new Uint32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** SHA-256 of bytes. */
export function sha256(message: Bytes): Bytes {
  const state = new Uint32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  const padded = new Uint8Array(((message.length + 72) >> 6) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0);
  const w = new Uint32Array(64);
  for (let start = 0; start < padded.length; start += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(start + 4 * i);
    compress(state, w);
  }
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (let i = 0; i < 8; i++) out.setUint32(4 * i, state[i]!);
  return digest;
}

function turned(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by));
}

function compress(state: Uint32Array, w: Uint32Array): void {
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15]!;
    const b = w[i - 2]!;
    const s0 = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3);
    const s1 = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

/** HMAC-SHA256; `key` of at most 64 bytes. */
export function hmac(key: Bytes, message: Bytes): Bytes {
  const inner = new Uint8Array(64 + message.length);
  const outer = new Uint8Array(96);
  for (let i = 0; i < 64; i++) {
    const byte = i < key.length ? key[i]! : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  inner.set(message, 64);
  outer.set(sha256(inner), 64);
  return sha256(outer);
}

/** A text as UTF-8. */
export function utf8(text: string): Bytes {
  const plain = unescape(encodeURIComponent(text));
  const bytes = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i);
  return bytes;
}

export function hex(bytes: Bytes): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (bytes[i]! < 16 ? "0" : "") + bytes[i]!.toString(16);
  return text;
}

/** By code points, as Python sorts: the language's own order puts surrogates below U+E000. */
export function compare(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const one = a.charCodeAt(i);
    const other = b.charCodeAt(i);
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** A file's lines; null when one is empty or stands there twice. */
export function poolLines(text: string): string[] | null {
  const lines = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n").split("\n");
  if (lines.length > 0 && lines[lines.length - 1] === "") lines.pop();
  lines.sort(compare);
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === "" || lines[i] === lines[i - 1]) return null;
  }
  return lines;
}

/** The hash of a sorted pool. */
export function poolHash(lines: readonly string[]): string {
  return hex(sha256(utf8(lines.length ? lines.join("\n") + "\n" : "")));
}

/** The digits without what stands between them. */
export function cleanDigits(text: string): string {
  return text.replace(/[\s.,\-–;|]/g, "");
}

/** A number of 32 bytes modulo a small one. */
export function remainder(block: Bytes, divisor: number): number {
  let left = 0;
  for (let i = 0; i < block.length; i++) left = (left * 256 + block[i]!) % divisor;
  return left;
}

/** Whether the block lies below the largest multiple of `left` up to 2^256, so that no remainder is favoured. */
export function isFair(block: Bytes, left: number): boolean {
  // 2^256 modulo left, from 2^256 - 1.
  const over = (remainder(new Uint8Array(32).fill(255), left) + 1) % left;
  if (over === 0) return true;
  // The limit is 2^256 - over: only a block of 28 bytes 0xff and a last word above can reach it.
  for (let i = 0; i < 28; i++) if (block[i] !== 255) return true;
  const last = ((block[28]! * 256 + block[29]!) * 256 + block[30]!) * 256 + block[31]!;
  return last < 4294967296 - over;
}

/** The first `count` of the sequence. `lines` sorted. */
export function order(lines: readonly string[], drawId: string, digits: string, count: number): string[] {
  const left = lines.slice();
  const seed = sha256(utf8(["draw/v1", poolHash(lines), drawId, cleanDigits(digits)].join("\n")));
  const result: string[] = [];
  const message = new Uint8Array(8);
  const view = new DataView(message.buffer);
  for (let counter = 0; left.length > 0 && result.length < count; counter++) {
    view.setUint32(4, counter);
    const block = hmac(seed, message);
    if (isFair(block, left.length)) result.push(left.splice(remainder(block, left.length), 1)[0]!);
  }
  return result;
}

/** What a check found. `differs`: the first place (from 1) whose ticket is another. */
export type Verdict =
  | { ok: true; hash: string; drawn: string[] }
  | { ok: false; why: "broken" | "pool" | "winners"; hash: string; drawn: string[]; differs?: number };

/** Recomputes a draw from a pool file and compares with what was published; no digits yet: the pool only. */
export function check(
  pool: string,
  published: { id: string; hash: string; digits: string; winners: readonly string[] },
): Verdict {
  const lines = poolLines(pool);
  if (!lines) return { ok: false, why: "broken", hash: "", drawn: [] };
  const hash = poolHash(lines);
  const drawn = published.digits ? order(lines, published.id, published.digits, published.winners.length) : [];
  if (hash !== published.hash) return { ok: false, why: "pool", hash, drawn };
  for (let i = 0; i < published.winners.length; i++) {
    if (drawn[i] !== published.winners[i]) return { ok: false, why: "winners", hash, drawn, differs: i + 1 };
  }
  return { ok: true, hash, drawn };
}
