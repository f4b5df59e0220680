/** Keys by which a body makes an outside call repeatable: the same for all attempts of one task run. */
import { sha256 } from "../answers/sha256.ts";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += BASE32[(held >> (bits - 5)) & 31];
      bits -= 5;
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

/** `cdl_` and 52 characters a–z 2–7: safe in HTTP headers and as a SQL key. */
export function idempotencyKeyOf(runId: string, taskRunId: string, round: number, generation: number): string {
  const parts = generation === 0 ? [runId, taskRunId, round] : [runId, taskRunId, round, generation];
  return `cdl_${base32(sha256(JSON.stringify(parts)))}`;
}
