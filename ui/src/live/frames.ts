/** Server-sent events out of a stream of bytes (WHATWG HTML §9.2), as frames of the contract. */
import type { LiveFrame } from "../../../src/server/contract.ts";

/** Ends when the stream does. `onBytes` is called for every piece, comments included: silence is what counts as dead. */
export async function* framesOf(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<LiveFrame> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      rest += decoder.decode(value, { stream: true });
      const events = rest.split(/\r?\n\r?\n/);
      rest = events.pop() ?? "";
      for (const event of events) {
        const frame = frameOf(event);
        if (frame !== undefined) yield frame;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** The frame of one event; undefined for comments and for what a newer server may send. */
export function frameOf(event: string): LiveFrame | undefined {
  const data = event
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""));
  return data.length === 0 ? undefined : (JSON.parse(data.join("\n")) as LiveFrame);
}
