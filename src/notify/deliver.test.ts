/** S40: where a message goes, and where it does not go whatever its address says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { isPublicAddress } from "./addresses.ts";
import { type Delivery, type DeliveryPorts, deliver } from "./deliver.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(listener: Listener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close(() => undefined).closeAllConnections());
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

const answering = (...statuses: readonly number[]) => {
  const asked: string[] = [];
  const listener: Listener = (request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(statuses[asked.length - 1] ?? 200, { Location: "http://127.0.0.1:1/" }).end("no_service");
  };
  return { asked, listener };
};

function world(...answers: readonly (readonly string[])[]) {
  const looked: string[] = [];
  const waits: number[] = [];
  const ports: DeliveryPorts = {
    lookup: async (host) => {
      looked.push(host);
      return (answers[looked.length - 1] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    },
    wait: async (ms) => void waits.push(ms),
    now: () => 0,
  };
  return { ports, looked, waits };
}

const letter = (url: string, more: Partial<Delivery> = {}): Delivery => ({
  ...{ url: new URL(url), headers: {}, body: '{"text":"é"}', timeoutMs: 5_000, allowPrivate: false },
  ...more,
});

describe("an address", () => {
  test.each(["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.0.1", "2606:4700:4700::1111", "2a00::1"])(
    "%s is of the internet",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  test.each([
    ...[
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "127.0.0.1",
      "127.1.2.3",
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
    ],
    ...["192.0.0.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "255.255.255.255", "203.0.113.5"],
    ...[
      "::",
      "::1",
      "fe80::1",
      "fe80::1%eth0",
      "fc00::1",
      "fd00:ec2::254",
      "ff02::1",
      "2001:db8::1",
      "2001::1",
      "3fff::1",
    ],
    ...["::ffff:7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"],
    ...["", "localhost", "2130706433", "0x7f000001", "127.1"],
  ])("S40: %s is not", (address) => expect(isPublicAddress(address)).toBe(false));
});

describe("a message", () => {
  test.each([
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://0177.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:7f00:1]/x",
    "https://[::ffff:169.254.169.254]/x",
    "https://169.254.169.254/latest/meta-data",
  ])("S40: is not sent to %s", async (url) => {
    const { ports, looked } = world();

    await expect(deliver(letter(url), ports)).rejects.toMatchObject({ code: "NOTIFY_REFUSED" });
    expect(looked).toEqual([]);
  });

  test.each([[["127.0.0.1"]], [["93.184.216.34", "10.0.0.1"]], [["2606:4700::1", "::1"]]])(
    "S40: is not sent where its name leads to %j",
    async (addresses) => {
      const { ports } = world(addresses);

      const sent = deliver(letter("https://hooks.example.com/key"), ports);

      await expect(sent).rejects.toMatchObject({ code: "NOTIFY_REFUSED", data: { host: "hooks.example.com" } });
      await expect(sent).rejects.not.toMatchObject({ message: expect.stringContaining("key") });
    },
  );

  test("S40: goes to the address that was looked up first, however often it is sent", async () => {
    const { asked, listener } = answering(503, 503, 200);
    const port = await serving(listener);
    const { ports, looked } = world(["127.0.0.1"], ["169.254.169.254"]);

    await deliver(letter(`http://hooks.example.com:${port}/in`, { allowPrivate: true }), ports);

    expect(asked).toEqual(["/in", "/in", "/in"]);
    expect(looked).toEqual(["hooks.example.com"]);
  });

  test("S40: is not sent on where the answer is a redirect", async () => {
    const { asked, listener } = answering(307);
    const port = await serving(listener);

    const sent = deliver(letter(`http://127.0.0.1:${port}/`, { allowPrivate: true }), world().ports);

    await expect(sent).rejects.toMatchObject({ code: "NOTIFY_FAILED", data: { attempts: 1 } });
    expect(asked).toHaveLength(1);
  });

  test("is not sent in clear to the internet", async () => {
    await expect(deliver(letter("http://1.1.1.1/"), world().ports)).rejects.toMatchObject({ code: "NOTIFY_REFUSED" });
  });

  test("is not sent where nobody knows the name", async () => {
    const lookup = () => Promise.reject(Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" }));

    const sent = deliver(letter("https://nowhere.example"), { ...world().ports, lookup });

    await expect(sent).rejects.toMatchObject({
      code: "NOTIFY_REFUSED",
      data: { why: "the host name is not known (ENOTFOUND)" },
    });
  });

  test("is one POST of JSON, with the name that was asked for", async () => {
    const heard: unknown[] = [];
    const port = await serving((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { host, "content-type": type, x } = request.headers;
        heard.push([request.method, host, type, x, Buffer.concat(chunks).toString()]);
        response.end("x".repeat(1_000_000));
      });
    });

    const order = letter(`http://hooks.example.com:${port}/`, { allowPrivate: true, headers: { x: "1" } });
    await deliver(order, world(["127.0.0.1"]).ports);

    expect(heard).toEqual([["POST", `hooks.example.com:${port}`, "application/json", "1", '{"text":"é"}']]);
  });

  test.each([
    [[500, 500, 500], 3, [1_000, 3_000]],
    [[429, 429, 429], 3, [1_000, 3_000]],
    [[404], 1, []],
  ])("that is answered %j is given up after %i attempts", async (statuses, attempts, delays) => {
    const port = await serving(answering(...statuses).listener);
    const { ports, waits } = world();

    const sent = deliver(letter(`http://127.0.0.1:${port}/`, { allowPrivate: true }), ports);

    await expect(sent).rejects.toMatchObject({
      code: "NOTIFY_FAILED",
      data: { attempts, why: `it answered ${statuses[0]}: no_service` },
    });
    expect(waits).toEqual(delays);
  });

  test("waits as long as it is asked to, within bounds", async () => {
    let asked = 0;
    const port = await serving((_request, response) => {
      response.writeHead(asked++ < 2 ? 429 : 200, { "Retry-After": asked === 1 ? "5" : "86400" }).end();
    });
    const { ports, waits } = world();

    await deliver(letter(`http://127.0.0.1:${port}/`, { allowPrivate: true }), ports);

    expect(waits).toEqual([5_000, 10_000]);
  });

  test("that nobody answers is given up in time", async () => {
    const port = await serving(() => undefined);

    const sent = deliver(letter(`http://127.0.0.1:${port}/`, { allowPrivate: true, timeoutMs: 20 }), world().ports);

    await expect(sent).rejects.toMatchObject({ code: "NOTIFY_FAILED", data: { why: "no answer within 20ms" } });
  });
});
