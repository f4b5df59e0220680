/** Text of others on its way to a terminal: what a terminal would obey, or read in another direction, is only shown. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const OBEYED = /\r\n|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Lines and tabs stay; an ESC is `␛`. */
export function terminalText(text: string): string {
  return text.replace(OBEYED, symbolFor);
}

function symbolFor(found: string): string {
  const code = found.charCodeAt(0);
  if (found.length > 1) return "\n";
  if (code === 0x7f) return "\u2421";
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
}
