import { afterEach, describe, expect, test, vi } from "vitest";
import type { ChangesFrame, LiveFrame } from "../../../src/server/contract.ts";
import { type HubMessage, LiveHub, type Tab } from "./live-hub.ts";

/** A server whose streams the test writes to. */
function rig() {
  vi.useFakeTimers();
  const asked: string[] = [];
  let write: (frame: LiveFrame) => void = () => undefined;
  const hub = new LiveHub({
    now: () => 0,
    send: () => async (path) => {
      asked.push(path);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          write = (frame) => controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`));
        },
      });
      return new Response(body);
    },
  });
  const tab = () => {
    const told: HubMessage[] = [];
    return { tell: (message) => told.push(message), told } satisfies Tab & { told: HubMessage[] };
  };
  const opened = () => vi.advanceTimersByTimeAsync(100);
  return {
    hub,
    asked,
    tab,
    opened,
    say: async (frame: LiveFrame) => {
      write(frame);
      await vi.advanceTimersByTimeAsync(1);
    },
  };
}

const changes = (cursor: number, rest: Partial<ChangesFrame> = {}): ChangesFrame => ({
  type: "changes",
  cursor,
  now: 0,
  runs: [],
  taskRuns: [],
  logs: [],
  ...rest,
});

/** The frames of them, without how fresh they are. */
const framesOf = (told: readonly HubMessage[]) =>
  told.flatMap((message) => (message.type === "frame" ? [message.frame] : []));

const cursorsOf = (told: readonly HubMessage[]) =>
  framesOf(told).flatMap((frame) => (frame.type === "changes" ? frame.cursor : []));

afterEach(() => {
  vi.useRealTimers();
});

describe("two tabs on one stream", () => {
  test("are told of their own runs only", async () => {
    const { hub, tab, opened, say } = rig();
    const [one, two] = [tab(), tab()];
    hub.hear(one, { type: "topics", topics: ["runs", "run:a"], after: 5 });
    hub.hear(two, { type: "topics", topics: ["runs", "run:b", "logs:b:0"], after: 5 });
    await opened();

    const progress = {} as never;
    await say(
      changes(6, {
        taskRuns: [
          { run: "a", taskRuns: [], progress },
          { run: "b", taskRuns: [], progress },
        ],
        logs: [{ run: "b", lines: [], total: 1 }],
      }),
    );

    expect(framesOf(one.told).at(-1)).toMatchObject({ taskRuns: [{ run: "a" }], logs: [] });
    expect(framesOf(two.told).at(-1)).toMatchObject({ taskRuns: [{ run: "b" }], logs: [{ run: "b" }] });
  });

  test("ask for one stream, from the earliest cursor of both, and neither is told twice", async () => {
    const { hub, tab, asked, opened, say } = rig();
    const [one, two] = [tab(), tab()];
    hub.hear(one, { type: "topics", topics: ["runs", "run:a"], after: 5 });
    await opened();
    await say(changes(9));

    hub.hear(two, { type: "topics", topics: ["runs", "run:b"], after: 7 });
    await opened();
    await say(changes(8));
    await say(changes(10));

    expect(asked.map((path) => new URLSearchParams(path.split("?")[1]).get("after"))).toEqual(["5", "7"]);
    expect(cursorsOf(one.told)).toEqual([9, 10]);
    expect(cursorsOf(two.told)).toEqual([8, 10]);
  });

  test("a tab that joins is told at once how fresh the others are, and which list of flows is known", async () => {
    const { hub, tab, opened, say } = rig();
    const [one, two] = [tab(), tab()];
    hub.hear(one, { type: "topics", topics: ["runs"], after: 5 });
    await opened();
    await say({ type: "hello", cursor: 5, now: 0, version: "1", revision: 3 });
    await say({ type: "flows", revision: 4 });

    hub.hear(two, { type: "topics", topics: ["runs"], after: 5 });

    expect(two.told).toMatchObject([
      { type: "frame", frame: { type: "hello", revision: 4 } },
      { type: "freshness", freshness: { type: "live", by: "stream" } },
    ]);
  });

  test("what was too much to tell is said to those who listen to it", async () => {
    const { hub, tab, opened, say } = rig();
    const [one, two] = [tab(), tab()];
    hub.hear(one, { type: "topics", topics: ["runs", "run:a"], after: 5 });
    hub.hear(two, { type: "topics", topics: ["runs", "run:b"], after: 5 });
    await opened();

    await say({ type: "degraded", cursor: 8, topics: ["run:a"] });

    expect(framesOf(one.told)).toMatchObject([{ type: "degraded", topics: ["run:a"] }]);
    expect(framesOf(two.told)).toEqual([]);
  });
});
