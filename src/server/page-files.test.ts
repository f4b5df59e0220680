/** The page's files: known by name, never by path; under any prefix; and told apart from what is not there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { flow, task } from "../index.ts";
import { served } from "../../test/support/served.ts";
import { createHandler } from "./embed.ts";

const hello = flow("hello", () => {
  task("say", () => 1)();
});

function built(): string {
  const folder = mkdtempSync(join(tmpdir(), "caudal-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "assets"));
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><html><head><base href="./"><script src="assets/main-4fK2aB9x.js"></script></head></html>',
  );
  writeFileSync(join(folder, "assets", "main-4fK2aB9x.js"), "export {};");
  writeFileSync(join(folder, "assets", "notes.exe"), "no");
  return folder;
}

describe("the page", () => {
  test.each([
    ["/", "./"],
    ["/flows", "./"],
    ["/flows/hello", "../"],
    ["/flows/hello/run", "../../"],
    ["/settings/about", "../"],
  ])("at %s finds its files by %s", async (path, base) => {
    const { listening } = await served([hello], { pageFolder: built() });

    const answer = await fetch(`${listening.address}${path}`);

    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(await answer.text()).toContain(`<head><base href="${base}">`);
  });

  test.each(["/flows/nothing", "/runs/01jd5x2v6t8q3m9k4w7y1z0abc", "/nothing", "/runs/x/y/z", "/flows/%E0%A4%A"])(
    "U52: at %s says that there is nothing, as a page",
    async (path) => {
      const { listening } = await served([hello], { pageFolder: built() });

      const answer = await fetch(`${listening.address}${path}`);

      expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    },
  );

  test("U62: has files that never change, and one that is asked for each time", async () => {
    const { listening } = await served([hello], { pageFolder: built() });

    const script = await fetch(`${listening.address}/assets/main-4fK2aB9x.js`);
    const other = await fetch(`${listening.address}/assets/notes.exe`);

    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(other.status).toBe(404);
  });

  test("U60: is the same under a prefix, whether a proxy takes that away or not", async () => {
    const { listening } = await served([hello], { pageFolder: built(), base: "/tools/caudal" });

    const kept = await fetch(`${listening.address}/tools/caudal/flows/hello`);
    const stripped = await fetch(`${listening.address}/flows/hello`);
    const api = await fetch(`${listening.address}/tools/caudal/api/v1/flows`);
    const asset = await fetch(`${listening.address}/tools/caudal/assets/main-4fK2aB9x.js`);

    expect(await kept.text()).toBe(await stripped.text());
    expect([api.status, asset.status]).toEqual([200, 200]);
  });

  test("that was not built says where the API is", async () => {
    const { listening } = await served([hello]);

    expect(await (await fetch(`${listening.address}/`)).text()).toContain("api/v1/flows");
  });
});

describe("/metrics", () => {
  test("has numbers for Prometheus, with no name a user gives", async () => {
    const { listening, get, post } = await served([hello]);
    await post("/flows/hello/runs");
    await get("/flows/hello");

    const answer = await fetch(`${listening.address}/metrics`);
    const text = await answer.text();

    expect(answer.headers.get("content-type")).toContain("version=0.0.4");
    expect(text).toMatch(/^caudal_http_requests_total\{method="GET",route="\/flows\/:flow",status="200"\} 1$/m);
    expect(text).toMatch(/^caudal_runs\{state="(?:Success|Running|Pending)"\} 1$/m);
    expect(
      text
        .split("\n")
        .filter((line) => line !== "" && !/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^}]*\})? [\d.e+-]+)$/.test(line)),
    ).toEqual([]);
    expect(text).not.toContain("hello");
  });
});

describe("caudal/server", () => {
  test("is a Fetch handler for a server of one's own", async () => {
    const { handler, close } = await createHandler({
      flows: [hello],
      hosts: ["app.test"],
      follows: false,
      store: join(built(), ".caudal"),
    });

    const answer = await handler(new Request("http://app.test/api/v1/flows", { headers: { Host: "app.test" } }));
    const other = await handler(new Request("http://evil.test/api/v1/flows", { headers: { Host: "evil.test" } }));
    await close();

    expect(await answer.json()).toMatchObject({
      flows: expect.arrayContaining([expect.objectContaining({ name: "hello" })]) as unknown,
    });
    expect(other.status).toBe(421);
  });

  test.each([{}, { token: "short" }])("with %o is refused: somebody must be kept out", async (options) => {
    await expect(createHandler({ flows: [hello], ...options })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });
});
