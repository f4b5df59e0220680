import { describe, expect, test } from "vitest";
import { stage } from "../../../test/support/play.ts";
import { context, flow, signals, task } from "../../index.ts";
import { maskOf } from "./masking.ts";

const KEY = "s3cr3t/value=42";
const secrets = { API_KEY: KEY };
const using = { name: "uses", secrets: ["API_KEY"] } as const;

describe("a secret", () => {
  test("is taken out of what a body logs and prints, before it is kept", async () => {
    const on = stage();
    const uses = task(using, () => {
      console.log("key", context().secrets["API_KEY"]?.reveal());
      context().log.warn(`https://x.test/?key=${encodeURIComponent(KEY)}`);
    });

    const run = await on.run(
      flow("leaks", () => uses()),
      { secrets },
    );

    const lines = (await on.store.readLogs(run.id)).map(({ text }) => text);
    expect(lines).toEqual(["key [secret API_KEY]", "https://x.test/?key=[secret API_KEY]"]);
    expect(on.logger.text()).not.toContain("s3cr3t");
    expect(on.logger.text()).toContain("key [secret API_KEY]\n");
  });

  test("is taken out of errors, their causes and stacks, and of what signals say", async () => {
    const fails = task(using, () => {
      throw new Error(`refused ${KEY}`, { cause: new Error(`header ${KEY}`) });
    });
    const says = task({ ...using, name: "says" }, () => {
      throw signals.fail(`no ${KEY}`);
    });

    const run = await stage().run(
      flow("fails", () => [fails(), says()]),
      { secrets, logLevel: "off" },
    );

    expect(JSON.stringify([run.task("uses").state, run.task("says").state])).not.toContain("s3cr3t");
    expect(run.task("uses").state).toMatchObject({ error: { message: "refused [secret API_KEY]" } });
  });

  test("cannot be a result", async () => {
    const returns = task({ ...using, retries: 3 }, () => context().secrets["API_KEY"]);

    const run = await stage().run(
      flow("returns", () => returns()),
      { secrets, logLevel: "off" },
    );

    expect(run.task("uses")).toMatchObject({ attempts: 1, state: { error: { code: "RESULT_NOT_SERIALIZABLE" } } });
  });
});

describe("a mask", () => {
  test.each([
    ["as it is", `a ${KEY} b`],
    ["in JSON", JSON.stringify({ key: 'quo"ted secret' })],
    ["in an address", `?key=${encodeURIComponent(KEY)}`],
    ["in base64", Buffer.from(KEY).toString("base64")],
  ])("finds a secret %s", (_, text) => {
    const mask = maskOf({ API_KEY: KEY, OTHER: 'quo"ted secret' });

    expect(mask.text(text)).toMatch(/\[secret (API_KEY|OTHER)\]/);
  });

  test("leaves text alone for secrets too short to be told from words", () => {
    expect(maskOf({ PIN: "1234" }).text("12345")).toBe("12345");
  });
});
