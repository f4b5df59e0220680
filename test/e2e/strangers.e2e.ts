/**
 * Pages of other sites, open in the same browser as ours: whatever they send to a server on this machine is refused
 * before it is routed, and they read nothing of it. Ids are those of the threat model's checks.
 */
import { createServer } from "node:http";
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { LiveHub } from "../../src/server/live.ts";
import { liveRoutes } from "../../src/server/routes/live.ts";
import { ROUTES } from "../../src/server/routes/routes.ts";
import { drawn, openPage, strangersPage, withBrowser } from "./browser.ts";
import { etl, hello } from "./seeds.ts";
import { publishing } from "./run-seeds.ts";
import { serve } from "./servers.ts";

withBrowser("evil.test");

interface Answer {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
}

/**
 * A server that a user has running, with a run that waits; what it was asked, and what it answered.
 * @param without a header its answers lose, so that what stands beside it has to do
 */
async function victim(without?: string) {
  const answers: Answer[] = [];
  const shared: string[] = [];
  const server = await serve([hello, etl, publishing], {
    watch(request, response) {
      const { pathname, search } = new URL(request.url);
      answers.push({ method: request.method, path: pathname + search, status: response.status });
      if (without !== undefined) response.headers.delete(without);
      for (const [name] of response.headers)
        if (name.startsWith("access-control-")) shared.push(`${pathname}: ${name}`);
    },
  });
  const { id } = (await (await server.post("/flows/publishing/runs")).json()) as { readonly id: string };
  await server.until<{ readonly state: string }>(`/runs/${id}`, ({ state }) => state === "Paused");
  const known = async (path: string) => {
    const { cursor: _, serverTime: __, ...rest } = (await (await server.get(path)).json()) as Record<string, unknown>;
    return rest;
  };
  const everything = async () => ({
    runs: await known("/runs"),
    run: await known(`/runs/${id}`),
    on: ((await known("/schedules"))["schedules"] as readonly { on: boolean }[]).map(({ on }) => on),
    audit: await known("/audit"),
  });
  const before = await everything();
  answers.length = 0;
  return {
    ...server,
    id,
    answers,
    shared,
    /** Nothing it knows has changed, and no answer invited another site in. */
    async isUntouched() {
      expect(await everything()).toEqual(before);
      expect(shared).toEqual([]);
    },
  };
}

/** A site of somebody else, with one page of this content, open in a tab. */
async function site(host: string, html = "<p>Look at these kittens!</p>"): Promise<Page> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html", "Set-Cookie": "theirs=1; Path=/" });
    response.end(`<!doctype html><title>kittens</title>${html}`);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const page = await strangersPage();
  await page.goto(`http://${host}:${typeof address === "object" ? address?.port : ""}/`);
  return page;
}

const START = "/api/v1/flows/my%20first%20flow!/runs";

/** Every address of the API, with names that are there. */
function addressesOf(id: string): readonly { readonly method: string; readonly path: string }[] {
  const params: Readonly<Record<string, string>> = {
    ...{ ":flow": "my%20first%20flow!", ":run": id, ":task": "draft-1", ":schedule": "my%20etl%20flow" },
  };
  const routed = [...ROUTES, ...liveRoutes(new LiveHub())].map(({ method, path }) => ({
    method,
    path: `/api/v1${path.replace(/:\w+/g, (name) => params[name] ?? name)}`,
  }));
  return [...routed, { method: "GET", path: "/api/v1/openapi.json" }, { method: "GET", path: "/metrics" }];
}

/** Whether a page got to read anything, and how it was refused. */
const read = (page: Page, url: string, init: RequestInit = {}) =>
  page.evaluate(
    async ([to, options]) => {
      try {
        const response = await fetch(to, options);
        return { status: response.status, text: (await response.text()).slice(0, 300) };
      } catch (error) {
        return { refused: (error as Error).name };
      }
    },
    [url, init] as const,
  );

describe("another site's page", () => {
  test.each([["application/x-www-form-urlencoded"], ["multipart/form-data"], ["text/plain"]])(
    "S01, U57: cannot start a run with a form (%s)",
    async (enctype) => {
      const mine = await victim();
      const page = await site("evil.test");

      await page.evaluate(
        ([action, type]) => {
          const form = document.createElement("form");
          const field = document.createElement("input");
          Object.assign(form, { method: "POST", enctype: type, action });
          // As text/plain this is {"runName":"=kittens"}.
          Object.assign(field, { name: '{"runName":"', value: 'kittens"}' });
          form.append(field);
          document.body.append(form);
          form.submit();
        },
        [mine.url + START, enctype] as const,
      );

      // The browser goes to the refusal as to a page, and may ask for its icon.
      const posts = () => mine.answers.filter(({ path }) => path !== "/favicon.ico");
      await expect.poll(posts).toEqual([{ method: "POST", path: START, status: 403 }]);
      await mine.isUntouched();
    },
  );

  test("S02: changes nothing by images, prefetches, beacons and requests it may not read, whatever it asks", async () => {
    const mine = await victim();
    const page = await site("evil.test");
    const all = addressesOf(mine.id);

    const sent = await page.evaluate(
      async ([url, addresses]) => {
        const made: string[] = [];
        const mark = (method: string, path: string, by: string) => {
          made.push(`${method} ${path}?by=${by}`);
          return `${url}${path}?by=${by}`;
        };
        for (const { method, path } of addresses) {
          const body = method === "POST" ? { body: "{}", headers: { "Content-Type": "text/plain" } } : {};
          await fetch(mark(method, path, "fetch"), { method, mode: "no-cors", credentials: "include", ...body }).catch(
            // What may not even be had unread.
            () => undefined,
          );
          if (method === "POST") navigator.sendBeacon(mark("POST", path, "beacon"), "{}");
          const image = new Image();
          const over = new Promise<void>((loaded) => (image.onload = image.onerror = () => loaded()));
          image.src = mark("GET", path, "img");
          await over;
          const link = document.createElement("link");
          Object.assign(link, { rel: "prefetch", href: mark("GET", path, "prefetch") });
          document.head.append(link);
        }
        return made;
      },
      [mine.url, all] as const,
    );

    const heard = () => new Set(mine.answers.map(({ method, path }) => `${method} ${path}`));
    await expect.poll(() => sent.filter((one) => !heard().has(one))).toEqual([]);
    expect(sent.length).toBeGreaterThan(all.length * 3);
    expect(mine.answers.filter(({ status }) => status !== 403)).toEqual([]);
    await mine.isUntouched();
  });

  test("S12: gets no leave to ask, by no preflight, for no address", async () => {
    const mine = await victim();
    const page = await site("evil.test");
    const json = { "Content-Type": "application/json", "X-Caudal": "1" };

    for (const { method, path } of addressesOf(mine.id)) {
      const body = method === "POST" ? { body: "{}" } : {};
      expect(await read(page, mine.url + path, { method, headers: json, ...body })).toEqual({ refused: "TypeError" });
    }

    // The browser asked whether it may, was told no, and asked nothing else.
    expect(new Set(mine.answers.map(({ method, status }) => `${method} ${status}`))).toEqual(new Set(["OPTIONS 403"]));
    await mine.isUntouched();
  });

  test("S06: hears no event of the stream, with credentials or without", async () => {
    const mine = await victim();
    const page = await site("evil.test");

    const heard = await page.evaluate(
      ([url]) =>
        Promise.all(
          [true, false].map(
            (withCredentials) =>
              new Promise<string>((done) => {
                const stream = new EventSource(`${url}/api/v1/live?topics=runs`, { withCredentials });
                stream.onopen = () => done("open");
                stream.onmessage = () => done("message");
                stream.onerror = () => done(stream.readyState === EventSource.CLOSED ? "refused" : "tries again");
              }),
          ),
        ),
      [mine.url] as const,
    );

    expect(heard).toEqual(["refused", "refused"]);
    expect(mine.server.parts.openStreams()).toBe(0);
    await mine.isUntouched();
  });

  test("S07: gets no socket at any address", async () => {
    const mine = await victim();
    const page = await site("evil.test");
    const paths = ["/", "/api/v1/live", "/api/v1/flows", START, "/nowhere"];

    const ended = await page.evaluate(
      ([url, all]) =>
        Promise.all(
          all.map(
            (path) =>
              new Promise<string>((done) => {
                const socket = new WebSocket(url.replace("http", "ws") + path);
                socket.onopen = () => done("open");
                socket.onerror = () => done("refused");
              }),
          ),
        ),
      [mine.url, paths] as const,
    );

    expect(ended).toEqual(paths.map(() => "refused"));
    await mine.isUntouched();
  });

  test("S08: is refused from a frame without an origin, and from an address that is data", async () => {
    const mine = await victim();
    const attack = `<form method=post enctype=text/plain action="${mine.url}${START}?by=form"><input name="{}"></form>
      <script>
        fetch("${mine.url}${START}?by=fetch", { method: "POST", mode: "no-cors", body: "{}" })
          .finally(() => document.forms[0].submit());
      </script>`;
    const page = await site(
      "evil.test",
      `<iframe sandbox="allow-scripts allow-forms" srcdoc="${attack.replaceAll('"', "&quot;")}"></iframe>`,
    );
    const refused = () => mine.answers.flatMap(({ method, status }) => (method === "POST" ? [status] : []));
    await expect.poll(refused).toEqual([403, 403]);

    await page.goto(`data:text/html,${encodeURIComponent(attack)}`);

    await expect.poll(refused).toEqual([403, 403, 403, 403]);
    await mine.isUntouched();
  });

  test.each([
    ["by all we say", undefined],
    ["by the old header alone", "Content-Security-Policy"],
    ["by the policy alone", "X-Frame-Options"],
  ])("S10: shows none of ours in a frame, %s", async (_how, without) => {
    const mine = await victim(without);
    const page = await site("evil.test");
    const paths = ["/", "/flows", "/flows/my%20etl%20flow", `/runs/${mine.id}`, "/schedules", "/settings/general"];

    await page.evaluate(
      ([url, all]) => {
        for (const path of all) {
          const frame = document.createElement("iframe");
          frame.src = url + path;
          document.body.append(frame, Object.assign(document.createElement("object"), { data: url + path }));
        }
      },
      [mine.url, paths] as const,
    );

    await expect.poll(() => mine.answers.length).toBeGreaterThanOrEqual(paths.length * 2);
    // What was refused is the browser's own page of an error.
    const shown = () =>
      page
        .frames()
        .filter((frame) => frame !== page.mainFrame())
        .map((frame) => frame.url());
    await expect.poll(() => shown().filter((url) => url.startsWith("chrome-error:")).length).toBe(paths.length);
    expect(shown().filter((url) => url.startsWith(mine.url))).toEqual([]);
  });

  test("S11: runs nothing of the API as a script", async () => {
    const mine = await victim();
    const page = await site("evil.test");
    const paths = addressesOf(mine.id).flatMap(({ method, path }) => (method === "GET" ? [path] : []));

    const results = await page.evaluate(
      ([url, all]) => {
        const complaints: string[] = [];
        // A script that was read and is none complains here.
        window.addEventListener("error", ({ message }) => complaints.push(message));
        const loads = all.flatMap((path) =>
          ["text/javascript", "module"].map(
            (type) =>
              new Promise<string>((done) => {
                const script = document.createElement("script");
                Object.assign(script, { type, src: url + path });
                script.onload = () => done("loaded");
                script.onerror = () => done("refused");
                document.head.append(script);
              }),
          ),
        );
        return Promise.all(loads).then((ended) => ({ ended: [...new Set(ended)], complaints }));
      },
      [mine.url, paths] as const,
    );

    expect(results).toEqual({ ended: ["refused"], complaints: [] });
    await mine.isUntouched();
  });
});

describe("a page of this machine, on another port", () => {
  test.each([["localhost"], ["127.0.0.1"]])("S09: at %s can neither write nor read", async (host) => {
    const mine = await victim();
    const page = await site(host);
    const everything: RequestInit = { credentials: "include" };
    const json = { "Content-Type": "application/json", "X-Caudal": "1" };

    const plain = { ...everything, method: "POST", mode: "no-cors", body: "{}" } as const;
    expect(await read(page, mine.url + START, plain)).toEqual({ refused: "TypeError" });
    const full = { ...everything, method: "POST", headers: json, body: "{}" };
    expect(await read(page, mine.url + START, full)).toEqual({ refused: "TypeError" });
    expect(await read(page, `${mine.url}/api/v1/flows`, everything)).toEqual({ refused: "TypeError" });
    expect(await read(page, `${mine.url}/`, everything)).toEqual({ refused: "TypeError" });

    expect(mine.answers.filter(({ status }) => status < 400)).toEqual([]);
    await mine.isUntouched();
  });
});

describe("a name that leads here by trickery", () => {
  test("S04, S05: reads nothing and starts nothing, although the browser takes it for the same origin", async () => {
    const mine = await victim();
    const { port } = mine.listening;
    const page = await strangersPage();
    // The page came while the name still led elsewhere; from now on it leads to us, port and all.
    await page.route(`http://evil.test:${port}/kittens`, (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html><title>kittens</title>" }),
    );
    await page.goto(`http://evil.test:${port}/kittens`);

    const json = { "Content-Type": "application/json", "X-Caudal": "1" };
    for (const { method, path } of [{ method: "GET", path: "/" }, ...addressesOf(mine.id)]) {
      const asked = method === "POST" ? { method, headers: json, body: "{}" } : { headers: json };
      expect(await read(page, path, asked), path).toMatchObject({
        status: 421,
        text: expect.stringContaining("HOST_REFUSED") as string,
      });
    }

    expect(mine.answers.filter(({ status }) => status !== 421)).toEqual([]);
    await mine.isUntouched();
  });
});

describe("our own page", () => {
  test("S52: asks nobody but the server it came from, wherever one goes", async () => {
    const server = await serve([hello, etl]);
    const { id } = (await (await server.post("/flows/my%20first%20flow!/runs")).json()) as { readonly id: string };
    const page = await openPage();
    const asked = new Set<string>();
    page.context().on("request", (request) => asked.add(new URL(request.url()).origin));

    for (const path of ["/", "/flows", "/flows/my%20etl%20flow", "/runs", `/runs/${id}`, "/schedules", "/help"]) {
      await page.goto(server.url + path);
      await drawn(page);
    }

    expect([...asked]).toEqual([server.url]);
  });

  test("keeps the token out of addresses and of what outlives the tab", async () => {
    const token = "a-token-that-is-long-enough-to-be-one-0123456789";
    const asked: string[] = [];
    const server = await serve([hello], { token, watch: ({ url }) => asked.push(url) });
    const page = await openPage({ expected: [/status of 401/] });
    await page.goto(`${server.url}/flows`);

    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");

    await page.getByRole("link", { name: "my first flow!" }).waitFor();
    await page.getByRole("button", { name: "Live", exact: true }).waitFor();
    const kept = await page.evaluate(() => [document.cookie, JSON.stringify(localStorage), location.href].join(" "));
    expect([kept, ...asked].filter((text) => text.includes(token))).toEqual([]);
  });
});
