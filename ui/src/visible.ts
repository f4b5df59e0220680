/**
 * Control characters, and those that turn the direction of text around, as signs one can see: nothing in a text from
 * outside can hide, move or turn what stands beside it. Scripts that run from the right are what they are.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

export function visible(text: string): string {
  return text.replace(UNSEEN, sign);
}

/** Unicode has a picture of every control character of ASCII; the others are named by their number. */
function sign(unseen: string): string {
  const code = unseen.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : `⟨${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
