/**
 * The code on a festival card, checked without a network: the same rules as contest/festival/cards.py.
 */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function valueOf(sign: string): number {
  return ALPHABET.indexOf(sign === "I" || sign === "L" ? "1" : sign === "O" ? "0" : sign);
}

function checkOf(body: string): string {
  let number = 0;
  for (let i = 0; i < body.length; i++) number = (number * 37 + valueOf(body[i]!) + 1) % 1021;
  return ALPHABET[Math.floor(number / 32)]! + ALPHABET[number % 32]!;
}

/** The ten characters in what was scanned or typed; null when there is no card's code in it or its check is wrong. */
export function parseCard(text: string): string | null {
  const tail = text.trim().split("?")[0]!.split("#")[0]!.replace(/\/+$/, "").split("/").pop()!;
  const signs = tail.toUpperCase().replace(/[\s\-–_.]/g, "");
  if (signs.length !== 10) return null;
  let code = "";
  for (let i = 0; i < 10; i++) {
    const value = valueOf(signs[i]!);
    if (value < 0) return null;
    code += ALPHABET[value];
  }
  return checkOf(code.slice(0, 8)) === code.slice(8) ? code : null;
}

/** As people read and type it: 5 and 5. */
export function shownCard(code: string): string {
  return code.slice(0, 5) + "-" + code.slice(5);
}
