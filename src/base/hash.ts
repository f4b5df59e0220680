/**
 * A fast 128-bit hash of text (MurmurHash3 x86_128 by Austin Appleby, over UTF-16 code units) for telling
 * function sources and graph shapes apart. Not for secrets: whoever wants to can make two texts collide.
 */

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

const rotl = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function finalMix(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** Two code units as one 32-bit word; beyond the end there is zero. */
function wordAt(text: string, at: number): number {
  const low = at < text.length ? text.charCodeAt(at) : 0;
  const high = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  return low | (high << 16);
}

const digitCode = (digit: number): number => digit + (digit < 10 ? 48 : 87);

/** Eight digits. `toString(16)` takes six to ten times as long, which a chain of commits pays for each of its hashes. */
function hex(h: number): string {
  return String.fromCharCode(
    digitCode(h >>> 28),
    digitCode((h >>> 24) & 15),
    digitCode((h >>> 20) & 15),
    digitCode((h >>> 16) & 15),
    digitCode((h >>> 12) & 15),
    digitCode((h >>> 8) & 15),
    digitCode((h >>> 4) & 15),
    digitCode(h & 15),
  );
}

/** 32 hexadecimal digits; the same text gives the same digits on every machine. About 1 ns per character. */
export function hashText(text: string): string {
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  for (let at = 0; at < text.length; at += 8) {
    h1 = Math.imul(rotl(h1 ^ Math.imul(rotl(Math.imul(wordAt(text, at), C1), 15), C2), 19) + h2, 5) + 0x561ccd1b;
    h2 = Math.imul(rotl(h2 ^ Math.imul(rotl(Math.imul(wordAt(text, at + 2), C2), 16), C3), 17) + h3, 5) + 0x0bcaa747;
    h3 = Math.imul(rotl(h3 ^ Math.imul(rotl(Math.imul(wordAt(text, at + 4), C3), 17), C4), 15) + h4, 5) + 0x96cd1c35;
    h4 = Math.imul(rotl(h4 ^ Math.imul(rotl(Math.imul(wordAt(text, at + 6), C4), 18), C1), 13) + h1, 5) + 0x32ac3b17;
  }
  h1 ^= text.length;
  h2 ^= text.length;
  h3 ^= text.length;
  h4 ^= text.length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = finalMix(h1);
  h2 = finalMix(h2);
  h3 = finalMix(h3);
  h4 = finalMix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  return hex(h1) + hex(h2 + h1) + hex(h3 + h1) + hex(h4 + h1);
}

const P1 = 0x9e3779b1 | 0;
const P2 = 0x85ebca77 | 0;

/** 32 bits over a text: one part of a larger hash. */
export function hashNumber(text: string): number {
  let h = P1;
  for (let at = 0; at < text.length; at++) h = Math.imul(rotl(h, 5) ^ text.charCodeAt(at), P2);
  return finalMix(h ^ text.length) >>> 0;
}

/** The sum of the hashes of many texts, each of them given in pieces: the order of the texts does not matter. */
export class HashSum {
  #h1 = P1;
  #h2 = P2;
  readonly #sum = new Uint32Array(4);

  /** Goes on with the text that has begun. Where its pieces end does not matter. */
  add(piece: string): void {
    let h1 = this.#h1;
    let h2 = this.#h2;
    for (let at = 0; at < piece.length; at++) {
      const unit = piece.charCodeAt(at) + 1; // so that zeros count
      h1 = Math.imul(rotl(h1, 13) ^ unit, P1);
      h2 = Math.imul(rotl(h2, 5) ^ unit, P2);
    }
    this.#h1 = h1;
    this.#h2 = h2;
  }

  /** The same with 32 bits that stand for a text. */
  addNumber(bits: number): void {
    this.#h1 = Math.imul(rotl(this.#h1, 13) ^ bits, P1);
    this.#h2 = Math.imul(rotl(this.#h2, 5) ^ rotl(bits, 16), P2);
  }

  /** Ends a text. */
  next(): void {
    const a = finalMix(this.#h1);
    const b = finalMix(this.#h2);
    const sum = this.#sum;
    sum[0]! += a;
    sum[1]! += b;
    sum[2]! += finalMix(a ^ rotl(b, 16));
    sum[3]! += finalMix((a + b) ^ C1);
    this.#h1 = P1;
    this.#h2 = P2;
  }

  /** 32 hexadecimal digits over all texts that have ended. */
  digits(): string {
    return Array.from(this.#sum, hex).join("");
  }
}
