import { expect, test } from "vitest";
import { every, flow, task } from "../index.ts";

const one = task("one", () => [1]);
const use = task({ name: "use", retries: 2, description: "uses it" }, (_value: unknown, _size?: unknown) => 1);

test("a flow as JSON names nodes by slug, and shows as text what JSON cannot say", () => {
  const made = flow({ name: "json", tags: ["t"], schedule: every("1m"), parameters: { size: 10 } }, ({ size }) => {
    const first = one();
    return {
      used: use.map(first, [size]),
      again: use({ ["__proto__"]: first.at(0), at: new Date(0) }).setUpstream(first),
    };
  });

  const json = JSON.parse(JSON.stringify(made)) as { nodes: { arguments: unknown[] }[]; tasks: unknown[] };

  expect(json).toMatchObject({
    format: 1,
    name: "json",
    tags: ["t"],
    fingerprint: made.fingerprint,
    parameters: [{ name: "size", required: false, default: 10 }],
    nodes: [
      { slug: "one-1", kind: "task", after: [] },
      {
        slug: "use-1",
        mapped: true,
        arguments: [
          { source: { node: "one-1" }, each: true },
          { source: { list: [{ parameter: "size" }] }, each: true },
        ],
      },
      { slug: "use-2", after: ["one-1"] },
    ],
    references: null,
  });
  expect(json.nodes[2]?.arguments[0]).toMatchObject({
    source: {
      object: [
        ["__proto__", { node: "one-1", path: [0] }],
        ["at", { value: { $text: "#date 0" } }],
      ],
    },
  });
  expect(json.tasks[1]).toMatchObject({
    name: "use",
    retries: 2,
    description: "uses it",
    trigger: { kind: "all_successful" },
  });
});
