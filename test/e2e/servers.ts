/** What a browser test talks to: the real server in this process, or the mock with its made-up world. */
import { spawn } from "node:child_process";
import { createServer, request as ask } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { served, type ServeOptions, type Served } from "../support/served.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pageFolder = fileURLToPath(new URL("../../dist/ui", import.meta.url));

/** A real server with a store of its own and the built page. Its address has no slash at the end. */
export async function serve(flows: readonly unknown[], options: ServeOptions = {}): Promise<Served & { url: string }> {
  const own = await served(flows, { pageFolder, ...options });
  return { ...own, url: own.listening.address };
}

/** The mock, for all tests of a file. */
export function withMock(...options: readonly string[]): { readonly url: string } {
  const mock = { url: "" };
  let stop: () => void = () => undefined;
  beforeAll(async () => {
    const child = spawn(process.execPath, ["scripts/run-ts.mjs", "ui/mock/main.ts", "--port", "0", ...options], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    stop = () => child.kill();
    mock.url = await new Promise<string>((resolve, reject) => {
      child.stdout.on("data", (bytes: Buffer) => {
        const found = /http:\/\/\S+(?=\/\n)/.exec(bytes.toString());
        if (found !== null) resolve(found[0]);
      });
      child.on("exit", (code) => reject(new Error(`the mock ended with ${code}`)));
    });
  });
  afterAll(() => stop());
  return mock;
}

export async function tellMock(url: string, path: "flows" | "streams", body: object): Promise<void> {
  await fetch(`${url}/mock/${path}`, { method: "POST", body: JSON.stringify(body) });
}

/** In front of a server, as a proxy that waits for the end of each answer before it passes it on: streams have none. */
export async function buffered(target: string): Promise<string> {
  const proxy = createServer((request, response) => {
    const headers = { ...request.headers, host: new URL(target).host };
    const onward = ask(new URL(request.url ?? "/", target), { method: request.method ?? "GET", headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(pieces)));
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = proxy.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

/** Puts a server below a path, as a reverse proxy does; with `strip` the server does not see the path. */
export async function proxied(target: string, prefix: string, strip: boolean): Promise<string> {
  const proxy = createServer((request, response) => {
    const path = request.url ?? "/";
    if (!path.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const to = new URL(strip ? path.slice(prefix.length) : path, target);
    const { host } = new URL(target);
    const headers = { ...request.headers, host };
    // A browser names the origin it sees, the proxy's; one that passes requests on has to pass that on as well.
    if (headers.origin !== undefined) headers.origin = new URL(target).origin;
    const onward = ask(to, { method: request.method ?? "GET", headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = proxy.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}${prefix}`;
}
