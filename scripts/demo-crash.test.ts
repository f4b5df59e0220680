/** The demo is what it says: a run that is killed goes on, and what had finished is not run again. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { environmentFor } from "../test/support/nodes.ts";

test("npm run demo:crash kills a run, resumes it, and counts what was not run again", async () => {
  const script = fileURLToPath(new URL("demo-crash.mjs", import.meta.url));

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], {
    env: environmentFor(process.execPath),
  });

  expect(stderr).toBe("");
  expect(stdout).toContain("'store' was running (attempt 1) when its process stopped");
  expect(stdout).toMatch(/Going on with Flow run \w+ for 'nightly load', which stopped at/);
  expect(stdout).toMatch(/get {4}was called once[\s\S]*parse {2}was called once[\s\S]*store {2}was called twice/);
  expect(stdout).toContain("complaints.db has 6 rows, each once");
});
