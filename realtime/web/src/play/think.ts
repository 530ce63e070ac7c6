/** How long a person looked at the options: from their first paint to the tap, by this device's monotonic clock. */

let question = 0;
let paintedAt: number | null = null;
let hiddenAt: number | null = null;
let token = 0;

/**
 * The options of question `q` are being shown. Call it after each drawing; only the first one of a question counts.
 * `fresh` is false when the page was loaded into an open question: then there is nothing honest to claim.
 */
export function optionsShown(q: number, fresh: boolean): void {
  if (q === question) {
    // Back from a pause: the time nobody could look does not count.
    if (paintedAt !== null && hiddenAt !== null) paintedAt += performance.now() - hiddenAt;
    hiddenAt = null;
    return;
  }
  question = q;
  hiddenAt = null;
  paintedAt = null;
  const mine = ++token;
  if (!fresh) return;
  // The first frame callback runs before the paint, the second after it.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (mine === token) paintedAt = performance.now();
    }),
  );
}

/** The options are out of sight. */
export function optionsHidden(): void {
  hiddenAt = performance.now();
}

/** ms from the first paint to now; null when it is not known. */
export function thinkMs(q: number): number | null {
  if (q !== question || paintedAt === null) return null;
  return Math.max(0, Math.round((performance.now() - paintedAt) * 10) / 10);
}
