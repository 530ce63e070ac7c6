/**
 * The code of a guest's card, as contest/festival/cards.py makes and reads it: found in what was scanned or typed, with
 * its check, without a network. A test holds both to the same answers.
 */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM = 8;
const LENGTH = 10;
const MODULUS = 1021;

function valueOf(sign: string): number {
  if (sign === "I" || sign === "L") return 1;
  if (sign === "O") return 0;
  return ALPHABET.indexOf(sign);
}

/** The two check characters of eight. */
export function checkOf(body: string): string {
  let sum = 0;
  for (const sign of body) sum = (sum * 37 + valueOf(sign) + 1) % MODULUS;
  return ALPHABET[Math.floor(sum / 32)]! + ALPHABET[sum % 32]!;
}

/** The code in an address or in typed text, or null when there is none or its check is wrong. */
export function parseCard(text: string): string | null {
  const path = text.trim().split("?")[0]!.split("#")[0]!.replace(/\/+$/, "");
  const tail = path.slice(path.lastIndexOf("/") + 1).toUpperCase();
  let code = "";
  for (const sign of tail) {
    if (/\s/.test(sign) || "-–_.".indexOf(sign) >= 0) continue;
    const value = valueOf(sign);
    if (value < 0) return null;
    code += ALPHABET[value];
  }
  if (code.length !== LENGTH) return null;
  return checkOf(code.slice(0, RANDOM)) === code.slice(RANDOM) ? code : null;
}

/** As people read and type it. */
export function shown(card: string): string {
  return card.slice(0, 5) + "-" + card.slice(5);
}
