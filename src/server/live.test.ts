/** The live stream: nothing missed, nothing repeated, whoever made it happen and however slowly it is read. */
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { flow, task } from "../index.ts";
import { runProgram } from "../runtime/run.ts";
import { SqliteStore } from "../store/sqlite/sqlite-store.ts";
import { readLive } from "../../test/support/read-live.ts";
import { recordingLogger } from "../../test/support/recording-logger.ts";
import { served } from "../../test/support/served.ts";
import { LiveHub } from "./live.ts";
import type { ChangesFrame, DegradedFrame, ResetFrame, RunDetail } from "./contract.ts";

const say = task("say", (n: number) => {
  console.log(`said ${n}`);
  return n;
});
const talk = flow({ name: "talk", parameters: { n: 3 } }, ({ n }) => {
  say.map(task("list", (count: number) => Array.from({ length: count }, (_, i) => i))(n));
});

/** What comes, until it is so long. */
async function bytesOf(stream: ReadableStream<Uint8Array>, least: number): Promise<string> {
  const reader = stream.getReader();
  let text = "";
  while (text.length < least) text += new TextDecoder().decode((await reader.read()).value);
  reader.releaseLock();
  return text;
}

const isOver = (run: RunDetail) => run.endedAt !== undefined;
const lastState = (frames: readonly { readonly type: string }[], id: string) =>
  frames
    .flatMap((frame) => (frame.type === "changes" ? (frame as ChangesFrame).runs : []))
    .findLast((run) => run.id === id)?.state;

describe("a page that listens", () => {
  test("is told of a run from its beginning to its end, as rows it can show", async () => {
    const server = await served([talk]);
    const live = await readLive(server, "runs");
    await live.next("hello");

    const { id } = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
    while (lastState(live.frames, id) !== "Success") await live.next("changes");

    expect(live.frames.filter(({ type }) => type !== "hello" && type !== "changes")).toEqual([]);
  });

  test("is told of task runs with the progress of the whole, and of lines after those it has", async () => {
    const server = await served([talk]);
    const { id } = (await (await server.post("/flows/talk/runs", { parameters: { n: 4 } })).json()) as RunDetail;
    const live = await readLive(server, `run:${id},logs:${id}:1&after=0`);

    const lines = new Set<number>();
    const states = new Map<string, string>();
    let progress: unknown;
    while (lastState(live.frames, id) !== "Success" || lines.size < 3) {
      const frame = await live.next("changes");
      for (const log of frame.logs) for (const { line } of log.lines) lines.add(line);
      for (const told of frame.taskRuns) {
        progress = told.progress;
        for (const one of told.taskRuns) states.set(one.id, one.state);
      }
    }

    expect([...lines]).toEqual([1, 2, 3]);
    expect(Object.fromEntries(states)).toEqual({ "list-1": "Success", "say-1": "Mapped" });
    expect(progress).toMatchObject({ total: 2, finished: 2, children: { Success: 4 } });
  });

  test("sees what another process does", async () => {
    const server = await served([talk]);
    const live = await readLive(server, "runs");
    await live.next("hello");
    const other = new SqliteStore(`${server.folder}/.caudal`, { durability: "process" });

    const { id } = await runProgram(talk.program, { store: other }, { ports: { logger: recordingLogger() } });
    while (lastState(live.frames, id) !== "Success") await live.next("changes");
    other.close();

    expect((await server.get(`/runs/${id}`)).status).toBe(200);
  });

  test("goes on where it was: every commit after its cursor, none twice", async () => {
    const server = await served([talk]);
    const first = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
    const { cursor } = await server.until(`/runs/${first.id}`, isOver);
    const missed = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
    await server.until(`/runs/${missed.id}`, isOver);

    const live = await readLive(server, "runs", { "Last-Event-ID": String(cursor) });
    const frame = await live.next("changes");

    expect(frame.runs.map(({ id }) => id)).toEqual([missed.id]);
    expect(frame.cursor).toBeGreaterThan(cursor);
  });

  test("is told that flows have changed, and sees them", async () => {
    const server = await served([]);
    const live = await readLive(server, "flows");
    const { revision } = await live.next("hello");

    server.change([talk as never]);
    const told = await live.next("flows");

    expect(told.revision).toBeGreaterThan(revision);
    expect(await (await server.get("/flows")).json()).toMatchObject({
      flows: [{ name: "talk" }],
      revision: told.revision,
    });
  });

  test("is told when the server ends", async () => {
    const server = await served([talk]);
    const live = await readLive(server, "runs");
    await live.next("hello");

    const closed = server.close();

    expect(await live.next("bye")).toEqual({ type: "bye", why: "draining" });
    await closed;
  });
});

describe("pages that listen to the same", () => {
  test("are told the same, found out once", async () => {
    const server = await served([talk]);
    const { parts } = server.server;
    const { since } = parts.queries;
    const asked: number[] = [];
    parts.queries.since = (after, limit) => {
      asked.push(after);
      return since(after, limit);
    };
    const hub = new LiveHub();
    const { id } = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
    await server.until(`/runs/${id}`, isOver);
    const topics = `runs,run:${id},logs:${id}:0`;
    const pages = Array.from({ length: 3 }, () => hub.open(parts, { topics, after: 0 }).body!);
    await hub.look();

    const told = await Promise.all(pages.map(async (page) => (await bytesOf(page, 800)).replace(/^.*?\nid:/s, "id:")));
    hub.close();

    expect(asked).toEqual([0]);
    expect(told[0]).toContain('"state":"Success"');
    expect(told[1]).toBe(told[0]);
    expect(told[2]).toBe(told[0]);
  });
});

describe("a page that does not read", () => {
  test("costs no more than its buffer, and has all of it when it reads on", async () => {
    const server = await served([talk]);
    const { parts } = server.server;
    const { runsByNo } = parts.queries;
    // Each frame is a quarter of what is buffered.
    parts.queries.runsByNo = (numbers) => runsByNo(numbers).flatMap((run) => Array.from({ length: 150 }, () => run));
    const hub = new LiveHub();
    const { body } = hub.open(parts, { topics: "runs", after: 0 });

    for (let i = 0; i < 20; i++) {
      const { id } = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
      await server.until(`/runs/${id}`, isOver);
      await hub.look();
    }
    const buffered = await bytesOf(body!, 300_000);
    await hub.look();
    const rest = await bytesOf(body!, 1);
    hub.close();

    expect(buffered.length).toBeLessThan(500_000);
    expect(rest).toContain(`id: ${parts.queries.cursor()}`);
  });

  test("is not there any more when it has gone", async () => {
    const server = await served([talk]);
    const { parts } = server.server;
    const socket = connect(server.listening.port, "127.0.0.1");
    socket.pause();
    socket.write(`GET /api/v1/live?topics=runs HTTP/1.1\r\nHost: 127.0.0.1:${server.listening.port}\r\n\r\n`);
    await server.until<{ openStreams: number }>("/about", ({ openStreams }) => openStreams === 1);

    socket.destroy();
    await server.until<{ openStreams: number }>("/about", ({ openStreams }) => openStreams === 0);

    expect(parts.openStreams()).toBe(0);
  });

  test("of more commits than can be told is told to fetch what it shows", async () => {
    const server = await served([talk]);
    for (let i = 0; i < 3; i++) {
      const { id } = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
      await server.until(`/runs/${id}`, isOver);
    }
    const { since } = server.server.parts.queries;
    server.server.parts.queries.since = (after) => since(after, 2);

    const frame = (await (await server.get("/changes?topics=runs&after=0")).json()) as DegradedFrame;

    expect(frame).toMatchObject({ type: "degraded", topics: ["runs"] });
    expect(frame.cursor).toBe(server.server.parts.queries.cursor());
  });
});

describe("the polling twin", () => {
  test("tells the same, and waits for something to tell", async () => {
    const server = await served([talk]);
    const { cursor } = (await (await server.get("/about")).json()) as { cursor: number };
    const asked = server.get(`/changes?topics=runs&after=${cursor}&wait=20000`);

    const { id } = (await (await server.post("/flows/talk/runs")).json()) as RunDetail;
    const frame = (await (await asked).json()) as ChangesFrame;

    expect(frame.type).toBe("changes");
    expect(frame.runs.map((run) => run.id)).toEqual([id]);
  });

  test("answers at once, with nothing, where nothing happened", async () => {
    const { get } = await served([talk]);

    expect(await (await get("/changes?topics=runs&after=0")).json()).toMatchObject({
      type: "changes",
      cursor: 0,
      runs: [],
    });
  });

  test("B38: of a cursor nobody gave is a reset", async () => {
    const { get } = await served([talk]);

    expect((await (await get("/changes?topics=runs&after=99")).json()) as ResetFrame).toMatchObject({
      type: "reset",
      cursor: 0,
    });
  });
});
