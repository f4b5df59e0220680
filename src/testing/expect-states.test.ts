import { AssertionError } from "node:assert";
import { expect, test } from "vitest";
import { flow, task } from "../index.ts";
import { expectStates } from "./expect-states.ts";
import { runFlow } from "./run-flow.ts";

const get = task("get", () => [1, 2]);
const check = task("check", (n: number) => {
  if (n === 2) throw new Error("2 is odd here");
  return n;
});
const store = task("store", (rows: unknown) => rows);
const flows = flow("checked", () => store(check.map(get())));

test("says nothing when every task named is in its state", async () => {
  const run = await runFlow(flows);

  expectStates(run, {
    get: "Success",
    check: ["Success", "Failed"],
    "check[0]": "Success",
    "store-1": "TriggerFailed",
  });
});

test("shows every difference in one table, with what the states say", async () => {
  const run = await runFlow(flows);
  const wrong = () => expectStates(run, { get: "Success", check: ["Success", "Success"], stor: "Success" });

  expect(wrong).toThrow(AssertionError);
  expect(wrong).toThrow(
    [
      "2 of 3 tasks ended otherwise than expected",
      "",
      "  task   expected            actual",
      "✓ get    Success             Success",
      "✗ check  [Success, Success]  [Success, Failed]: 2 is odd here",
      "✗ stor   Success             no such task: did you mean 'store'?",
      "",
      "The run: Failed",
    ].join("\n"),
  );
});

test("gives a runner both sides to compare", async () => {
  const run = await runFlow(flows);
  const thrown: unknown[] = [];

  try {
    expectStates(run, { get: "Skipped" });
  } catch (error) {
    thrown.push(error);
  }

  expect(thrown).toMatchObject([{ actual: { get: "Success" }, expected: { get: "Skipped" } }]);
});
