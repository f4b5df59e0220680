import { describe, expect, test } from "vitest";
import { flow, isSuccess, task } from "../index.ts";

describe("the hello flow", () => {
  const helloWorld = task("hello_world", () => "Hello Caudal!");
  const caudalSay = task("caudal_say", (s: string) => s.length);

  test("draws two nodes and an edge labelled with the argument's name", () => {
    const hello = flow("my first flow!", () => {
      caudalSay(helloWorld());
    });

    expect(hello.graph.nodes.map((node) => node.slug)).toEqual(["hello_world-1", "caudal_say-1"]);
    expect(hello.graph.nodes[1]?.arguments).toEqual([
      { label: "s", source: { kind: "node", node: 0, path: [] }, each: false, flatten: false },
    ]);
    expect(hello.file).toBe(import.meta.filename);
  });

  test("runs, and gives what the build function returned", async () => {
    const hello = flow("hello", () => ({ said: caudalSay(helloWorld()) }));

    const run = await hello.run({ logLevel: "off" });

    expect(isSuccess(run) && run.result.said).toBe(13);
    expect(run.task("caudal_say").state.type).toBe("Success");
  });
});
