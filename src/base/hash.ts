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

const hex = (h: number): string => (h >>> 0).toString(16).padStart(8, "0");

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

const CHUNK_LENGTH = 65_536;

/** Hashes text that arrives in pieces, without ever holding all of it. Where the pieces end does not matter. */
export class TextHash {
  private state = "";
  private pending = "";

  add(piece: string): void {
    this.pending += piece;
    while (this.pending.length >= CHUNK_LENGTH) {
      this.state = hashText(this.state + this.pending.slice(0, CHUNK_LENGTH));
      this.pending = this.pending.slice(CHUNK_LENGTH);
    }
  }

  /** 32 hexadecimal digits over everything added so far. */
  digits(): string {
    return hashText(this.state + this.pending);
  }
}
