/** Asks a server elsewhere what its page would ask: the HTTP contract, and its errors as ours. */
import "../../base/server-errors.ts";
import { CaudalError } from "../../base/errors.ts";
import { isPlainObject } from "../../base/json.ts";
import { packageAbout } from "../../runtime/report/package-about.ts";
import { setValue } from "../../runtime/environment.ts";
import { recordOf } from "../../state/error-text.ts";
import type { Problem } from "../../server/contract.ts";
import { whoAsks } from "../runs/decide.ts";

/** Longer than the server keeps a question about changes waiting. */
const ANSWER_MS = 40_000;

/** An error the server has answered with: its code is of the same registry. */
export class RefusedThere extends Error {
  override readonly name = "CaudalError";
  readonly code: string;
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
    this.stack = `${this.name}: ${problem.detail}`; // where it was read is of no interest
  }
}

export class Client {
  /** With a slash at its end. */
  readonly address: string;
  readonly #api: URL;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws CaudalError REMOTE_ADDRESS */
  constructor(address: string) {
    const text = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "")
      throw new CaudalError("REMOTE_ADDRESS", { given: address });
    this.address = `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
    this.#api = new URL("api/v1/", this.address);
    const token = setValue("CAUDAL_TOKEN");
    this.#headers = {
      "Caudal-By": whoAsks()
        .replaceAll(/[^\w.@-]/g, "_")
        .slice(0, 60),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
  }

  /** @param path below `/api/v1`, without a slash in front */
  get<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
    const url = new URL(path, this.#api);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return this.#ask(url, { headers: this.#headers });
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    const headers = { ...this.#headers, "Content-Type": "application/json", "X-Caudal": "1" };
    return this.#ask(new URL(path, this.#api), { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** @throws CaudalError REMOTE_UNREACHABLE, REMOTE_FOREIGN, REMOTE_NEWER; RefusedThere */
  async #ask<T>(url: URL, request: RequestInit): Promise<T> {
    let response: Response;
    try {
      // A redirect would take the token along.
      response = await fetch(url, { ...request, redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
    } catch (thrown) {
      throw new CaudalError("REMOTE_UNREACHABLE", { address: this.address, why: whyOf(thrown) }, { cause: thrown });
    }
    const version = response.headers.get("Caudal-Version");
    const own = packageAbout().version;
    if (version !== null && isNewer(version, own))
      throw new CaudalError("REMOTE_NEWER", { address: this.address, version, own });
    const json: unknown = await response.json().catch(() => undefined);
    if (version !== null && response.ok && json !== undefined) return json as T;
    const code = isPlainObject(json) ? json["code"] : undefined;
    // To whom it does not know, a server does not say which version it is.
    const isOurs = version === null ? code === "TOKEN_REFUSED" && response.status === 401 : typeof code === "string";
    if (isOurs) throw new RefusedThere(json as Problem);
    throw new CaudalError("REMOTE_FOREIGN", { address: this.address, status: response.status });
  }
}

function whyOf(thrown: unknown): string {
  const { cause, message, name } = recordOf(thrown);
  if (name === "TimeoutError") return `no answer within ${ANSWER_MS / 1_000} s`;
  return cause?.message || cause?.code || message;
}

/** What the first part that is not 0 says: 0.2.0 may answer otherwise than 0.1.9, 1.3.0 no other than 1.0.0. */
export function isNewer(there: string, here: string): boolean {
  const [theirs, ours] = [there, here].map((version) => version.split(".").map(Number));
  const [theirMajor = 0, theirMinor = 0] = theirs ?? [];
  const [ourMajor = 0, ourMinor = 0] = ours ?? [];
  if (theirMajor !== ourMajor) return theirMajor > ourMajor;
  return ourMajor === 0 && theirMinor > ourMinor;
}
