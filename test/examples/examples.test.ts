import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startComplaintsApi, type ComplaintsApi } from "../../examples/etl/complaints-api.mjs";
import { openSqlite } from "../../src/tasks/sqlite/open.ts";
import { buildPackage, makeWorkspace, shownIn } from "./workspace.ts";

beforeAll(buildPackage, 300_000);

let workspace: ReturnType<typeof makeWorkspace>;
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(() => workspace.remove());

/** The table is made while the API is asked: which of the two ends first is not promised. */
const inAnyOrder = (text: string) => text.split("\n").sort();
const commandsOf = (file: string) => shownIn(file).map((shown) => [shown.args.join(" "), shown] as const);

describe.each(["hello/hello.ts", "mapping/temperatures.ts", "branching/expenses.ts"])("examples/%s", (file) => {
  test.each(commandsOf(file))(
    "prints what its last comment says: npx caudal %s",
    async (_command, { args, output }) => {
      const ended = await workspace.caudal(file.split("/")[0] ?? "", args);

      expect(workspace.masked(ended.stdout)).toBe(output);
      expect(ended).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("shows at least one command", () => {
    expect(commandsOf(file)).not.toEqual([]);
  });
});

describe("examples/etl", () => {
  let api: ComplaintsApi;
  beforeAll(async () => {
    api = await startComplaintsApi({ port: 0 });
  });
  afterEach(() => api.set({ fail: 0, failNext: 0, garbage: false, slow: 0 }));
  afterAll(() => api.close());

  const etl = (...args: readonly string[]) => workspace.caudal("etl", args, { COMPLAINTS_API: api.url });
  const stored = () => {
    const db = openSqlite(join(workspace.folder, "cfpbcomplaints.db"));
    const rows = db.prepare("SELECT * FROM complaint ORDER BY complaint_id DESC").all() as Readonly<
      Record<string, unknown>
    >[];
    db.close();
    return rows;
  };

  test.each([...commandsOf("etl/look.ts"), ...commandsOf("etl/expected.txt")])(
    "prints what it says: npx caudal %s",
    async (_command, { args, output }) => {
      const ended = await etl(...args);

      expect(inAnyOrder(workspace.masked(ended.stdout))).toEqual(inAnyOrder(output));
      expect(ended).toMatchObject({ code: 0, stderr: "" });
    },
  );

  test("stores each complaint once, however often it runs", async () => {
    await etl("run", "etl.ts", "--param", "size=25");
    const once = stored();
    await etl("run", "etl.ts", "--param", "size=25");

    expect(once).toHaveLength(25);
    expect(stored()).toEqual(once);
    expect(once[0]).toMatchObject({
      complaint_id: "7104233",
      timestamp: "2026-06-30T12:00:00-05:00",
      state: "PR",
      company: "Peñasco Credit Union",
    });
  });

  test("draws its graph as a PDF", async () => {
    await etl("visualize", "etl.ts", "--out", "etl.pdf");

    expect(existsSync(join(workspace.folder, "etl", "etl.pdf"))).toBe(true);
  });

  test("tries again when the API fails, and stores the rows", async () => {
    api.set({ failNext: 1 });

    const { code, stdout } = await etl("run", "etl.ts");

    expect(code).toBe(0);
    expect(stdout).toContain("Retrying");
    expect(stored()).toHaveLength(10);
  });

  test("fails with exit code 1 when the API answers garbage, and stores nothing", async () => {
    api.set({ garbage: true });

    const { code, stdout } = await etl("run", "look.ts");

    expect(code).toBe(1);
    expect(stdout).toContain("something that is not JSON");
    expect(stdout).toContain("Flow run FAILED: some reference tasks failed.");
  });
});
