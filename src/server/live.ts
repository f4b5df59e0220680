/**
 * What happens, as it happens: one stream per page, fed from the store, so that runs of other processes are in it too.
 *
 * Ten times a second, while anybody listens, the hub asks the store what was committed since each listener's cursor,
 * and tells it once. A listener that does not read is told nothing meanwhile and catches up from its cursor; one that is
 * too far behind is told to fetch what it shows. So nobody's slowness costs memory, and nobody can slow a run.
 */
import { CaudalError } from "../base/errors.ts";
import type { LiveFrame } from "./contract.ts";
import { frameSince, type Listening, topicsOf } from "./live-frames.ts";
import type { ServerParts } from "./parts.ts";

const LOOK_MS = 100;
const HEARTBEAT_MS = 15_000;
/** A listener that takes nothing for so long is gone. */
const STUCK_MS = 30_000;
const BUFFER_BYTES = 256 * 1_024;
export const STREAMS_MAX = 200;

interface Client extends Listening {
  readonly send: (text: string) => void;
  /** Bytes it could still take; 0 and less: it does not read. */
  readonly room: () => number;
  readonly end: () => void;
  stuckSince: number | undefined;
}

/** A frame, and where whoever was told it is then. */
interface Told {
  readonly cursor: number;
  readonly runNo: number;
  readonly lines: readonly (readonly [run: string, line: number])[];
  readonly text: string | undefined;
}

export class LiveHub {
  readonly #clients = new Set<Client>();
  #parts: ServerParts | undefined;
  #looking: NodeJS.Timeout | undefined;
  #beating: NodeJS.Timeout | undefined;
  #busy = false;

  get size(): number {
    return this.#clients.size;
  }

  /** @throws CaudalError TOO_MANY_STREAMS, FIELD_INVALID */
  open(
    parts: ServerParts,
    { topics, after }: { readonly topics: string; readonly after: number | undefined },
  ): Response {
    if (this.#clients.size >= STREAMS_MAX) throw new CaudalError("TOO_MANY_STREAMS", { max: STREAMS_MAX });
    this.#parts = parts;
    const wanted = topicsOf(topics);
    let client: Client | undefined;
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client = {
            topics: wanted,
            cursor: after ?? parts.queries.cursor(),
            runNo: parts.queries.newestRunNo(),
            lines: new Map(),
            stuckSince: undefined,
            send: (text) => controller.enqueue(encoder.encode(text)),
            room: () => controller.desiredSize ?? 0,
            end: () => controller.close(),
          };
          this.#clients.add(client);
          client.send("retry: 1000\n\n");
          client.send(frameText(this.#hello(parts, client.cursor)));
          this.#start();
        },
        cancel: () => {
          if (client !== undefined) this.#drop(client);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
    );
    return new Response(stream, {
      headers: {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
      },
    });
  }

  #hello({ clock, version, revision }: ServerParts, cursor: number): LiveFrame {
    return { type: "hello", cursor, now: clock.now(), version, revision: revision() };
  }

  #start(): void {
    this.#looking ??= setInterval(() => void this.look(), LOOK_MS).unref();
    this.#beating ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  #stopIfIdle(): void {
    if (this.#clients.size > 0) return;
    clearInterval(this.#looking);
    clearInterval(this.#beating);
    this.#looking = this.#beating = undefined;
  }

  #beat(): void {
    for (const client of this.#clients) if (client.room() > 0) client.send(": still here\n\n");
  }

  /** One look for all; clients at one cursor that want the same are told the same. */
  async look(): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined || this.#busy) return;
    this.#busy = true;
    try {
      const newest = { cursor: parts.queries.cursor(), runNo: parts.queries.newestRunNo() };
      const told = new Map<string, Told>();
      for (const client of [...this.#clients]) await this.#tell(parts, client, newest, told);
    } catch (thrown) {
      const message = `The live stream could not be read: ${String(thrown)}`;
      parts.logger.write({ at: parts.clock.now(), level: "warn", logger: "caudal.serve", message });
    } finally {
      this.#busy = false;
    }
  }

  async #tell(
    parts: ServerParts,
    client: Client,
    newest: { readonly cursor: number; readonly runNo: number },
    told: Map<string, Told>,
  ): Promise<void> {
    if (client.cursor === newest.cursor && client.runNo === newest.runNo) return;
    if (client.room() <= 0) return this.#wait(client);
    client.stuckSince = undefined;
    const { text } = await this.#once(parts, client, told);
    if (text !== undefined && this.#clients.has(client)) client.send(text);
  }

  /** What a look tells this client, and moves it on; found out once for all that are where it is. */
  async #once(parts: ServerParts, client: Client, told: Map<string, Told>): Promise<Told> {
    const { topics, lines } = client;
    const place = JSON.stringify([topics.map(({ name }) => name), client.cursor, client.runNo, [...lines]]);
    const known = told.get(place);
    if (known !== undefined) {
      client.cursor = known.cursor;
      client.runNo = known.runNo;
      for (const [run, line] of known.lines) lines.set(run, line);
      return known;
    }
    const frame = await frameSince(parts, client, parts.clock.now());
    const { cursor, runNo } = client;
    const found = { cursor, runNo, lines: [...lines], text: frame && frameText(frame) };
    told.set(place, found);
    return found;
  }

  /** Real time: it is about the socket. */
  #wait(client: Client): void {
    client.stuckSince ??= Date.now();
    if (Date.now() - client.stuckSince < STUCK_MS) return;
    this.#drop(client);
    client.end();
  }

  #drop(client: Client): void {
    this.#clients.delete(client);
    this.#stopIfIdle();
  }

  /** Files, flows or schedules have changed. */
  flowsChanged(revision: number): void {
    for (const client of this.#clients) if (client.room() > 0) client.send(frameText({ type: "flows", revision }));
  }

  /** The server is about to end. */
  close(): void {
    for (const client of [...this.#clients]) {
      if (client.room() > 0) client.send(frameText({ type: "bye", why: "draining" }));
      this.#drop(client);
      client.end();
    }
  }
}

/** As server-sent events are written; JSON has no line breaks. */
function frameText(frame: LiveFrame): string {
  const id =
    frame.type === "changes" || frame.type === "degraded" || frame.type === "reset" ? `id: ${frame.cursor}\n` : "";
  return `${id}event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`;
}
