/** Speaks to the server this page came from: below the same path, in JSON, with problems as errors. */
import { NoAnswer, problemOf, isAbort } from "./problem.ts";
import { settings } from "../settings.ts";
import { ServerClock } from "./server-clock.ts";

/** Something to GET, by its path behind `api/v1/`; the type of the answer travels along. */
export interface Resource<T> {
  readonly path: string;
  /** Never there at run time. */
  readonly answer?: T;
}

/** Something to POST. */
export interface Action<Body, T> extends Resource<T> {
  readonly body?: Body;
}

const TOKEN_KEY = "caudal.token";

class Client {
  readonly clock = new ServerClock();
  private readonly base = new URL("api/v1/", document.baseURI);
  private readonly versionListeners = new Set<() => void>();
  /** Of the server that answered first; another one later means that this page is old. */
  firstVersion: string | undefined;
  version: string | undefined;

  get token(): string | undefined {
    return sessionStorage.getItem(TOKEN_KEY) ?? undefined;
  }

  set token(token: string | undefined) {
    if (token === undefined) sessionStorage.removeItem(TOKEN_KEY);
    else sessionStorage.setItem(TOKEN_KEY, token);
  }

  urlOf(path: string): string {
    return new URL(path, this.base).href;
  }

  async get<T>(resource: Resource<T>, signal?: AbortSignal): Promise<T> {
    const response = await this.send(resource.path, signal === undefined ? {} : { signal });
    return (await response.json()) as T;
  }

  async post<Body, T>(action: Action<Body, T>, body: Body): Promise<T> {
    const response = await this.send(action.path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...ourselves() },
      body: JSON.stringify(body),
    });
    return (await response.json()) as T;
  }

  /** The answer as it comes, for streams and downloads. */
  async send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("X-Caudal", "1");
    if (this.token !== undefined) headers.set("Authorization", `Bearer ${this.token}`);
    const sentAt = Date.now();
    const response = await fetch(this.urlOf(path), { ...init, headers, cache: "no-store" }).catch((error: unknown) => {
      if (isAbort(error)) throw error;
      throw new NoAnswer(error instanceof Error ? error.message : String(error));
    });
    this.learn(response, sentAt);
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  /** Called when the server turns out to be another version than the one this page came with. */
  onOtherVersion(listener: () => void): () => void {
    this.versionListeners.add(listener);
    return () => this.versionListeners.delete(listener);
  }

  private learn(response: Response, sentAt: number): void {
    const serverTime = Number(response.headers.get("Caudal-Time"));
    if (serverTime > 0) this.clock.learn(serverTime, sentAt, Date.now());
    const version = response.headers.get("Caudal-Version");
    if (version !== null) this.sawVersion(version);
  }

  /** Of an answer, or of the stream. */
  sawVersion(version: string): void {
    this.firstVersion ??= version;
    const changed = this.version !== undefined && this.version !== version;
    this.version = version;
    if (changed) for (const listener of this.versionListeners) listener();
  }
}

/** Who asks, for the histories of what people did; the person where one gave a name. Headers are Latin-1. */
function ourselves(): Readonly<Record<string, string>> {
  const { person } = settings();
  return { "Caudal-From": "page", ...(person === undefined ? {} : { "Caudal-By": encodeURIComponent(person) }) };
}

/** One per page. */
export const client = new Client();
