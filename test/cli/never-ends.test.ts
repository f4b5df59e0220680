import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

describe("a body that waits for what never comes, without a timeout", () => {
  test("fails with a code when nothing is left that could end it, and its run ends by its rules", () => {
    const folder = mkdtempSync(join(tmpdir(), "caudal-never-"));
    const code = `import { flow, task } from "caudal";
const never = task("never", () => new Promise(() => {}));
const after = task("after", (x) => x);
await flow("waits for ever", () => after(never())).run();
`;
    writeFileSync(join(folder, "never.mjs"), code);

    const { status, stdout } = spawnSync(process.execPath, [CLI, "run", "never.mjs"], {
      cwd: folder,
      encoding: "utf8",
    });

    expect(stdout).toContain("TASK_NEVER_ENDS");
    expect(stdout).toContain("Task 'after': Finished task run for task with final state: 'TriggerFailed'");
    expect(status).toBe(1);
  });
});
