/** A listener of the live stream, frame by frame. */
import { onTestFinished } from "vitest";
import type { LiveFrame } from "../../src/server/contract.ts";
import type { Served } from "./served.ts";

export interface Live {
  /** The next frame of this type; others before it are kept for later. */
  next<T extends LiveFrame["type"]>(type: T): Promise<Extract<LiveFrame, { readonly type: T }>>;
  /** All frames so far. */
  readonly frames: readonly LiveFrame[];
  close(): void;
}

export async function readLive(
  { listening }: Pick<Served, "listening">,
  query: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Live> {
  const stop = new AbortController();
  const response = await fetch(`${listening.address}/api/v1/live?topics=${query}`, { headers, signal: stop.signal });
  if (!response.ok || response.body === null) throw new Error(`no stream: ${response.status} ${await response.text()}`);
  const frames: LiveFrame[] = [];
  const taken = new Set<LiveFrame>();
  let wake: () => void = () => undefined;
  let ended: Error | undefined;
  const over = (why: Error) => {
    ended = why;
    wake();
  };
  void (async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) frames.push(JSON.parse(data) as LiveFrame);
        wake();
      }
    }
  })().then(
    () => over(new Error("the stream has ended")),
    (error: unknown) => over(error as Error),
  );
  const close = () => stop.abort();
  onTestFinished(close);
  return {
    frames,
    close,
    async next(type) {
      for (;;) {
        const found = frames.find((frame) => frame.type === type && !taken.has(frame));
        if (found !== undefined) {
          taken.add(found);
          return found as never;
        }
        if (ended !== undefined) throw ended;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
