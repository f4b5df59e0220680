/** A server in a process of its own, from outside: where it listens, what it has used, what it tells. */
import { type ChildProcess, fork } from "node:child_process";
import { Agent, request } from "node:http";
import type { Asked, Said, Served } from "./server-process.ts";

type Of<Kind extends Said["kind"]> = Extract<Said, { readonly kind: Kind }>;

/** One connection, kept: what is measured is the answer, not the handshake. */
const AGENT = new Agent({ keepAlive: true, maxSockets: 1 });

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export class ServerChild {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(served: Served, node: string): Promise<ServerChild> {
    const child = fork(process.argv[1]!, ["--service", JSON.stringify(served)], { execPath: node });
    const { address } = await next(child, "listens");
    return new ServerChild(child, address);
  }

  async ask<Kind extends Asked>(what: Kind): Promise<Of<Kind>> {
    const said = next(this.#child, what as Said["kind"]);
    this.#child.send(what);
    return (await said) as Of<Kind>;
  }

  /** Everything it tells from now on of this kind. */
  hear<Kind extends Said["kind"]>(kind: Kind, callback: (said: Of<Kind>) => void): () => void {
    const listener = (said: unknown) => {
      if ((said as Said).kind === kind) callback(said as Of<Kind>);
    };
    this.#child.on("message", listener);
    return () => void this.#child.off("message", listener);
  }

  get(path: string): Promise<Answered> {
    return ask(`${this.address}${path}`, "GET", undefined);
  }

  post(path: string, body: object): Promise<Answered> {
    return ask(`${this.address}${path}`, "POST", JSON.stringify(body));
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.disconnect();
    });
  }
}

function next<Kind extends Said["kind"]>(child: ChildProcess, kind: Kind): Promise<Of<Kind>> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`a server of the benchmark ended: ${child.spawnargs.slice(2).join(" ")}`));
    const listener = (said: unknown) => {
      if ((said as Said).kind !== kind) return;
      child.off("exit", ended);
      child.off("message", listener);
      resolve(said as Of<Kind>);
    };
    child.once("exit", ended);
    child.on("message", listener);
  });
}

export function ask(url: string, method: "GET" | "POST", body: string | undefined): Promise<Answered> {
  const headers = body === undefined ? {} : { "Content-Type": "application/json", "X-Caudal": "1" };
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, agent: AGENT, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asking.on("error", reject);
    asking.end(body);
  });
}
