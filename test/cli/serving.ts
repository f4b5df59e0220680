/** `caudal serve` as a process, for tests: its address, what it prints and answers, its end. */
import type { ChildProcess } from "node:child_process";
import { onTestFinished } from "vitest";
import type { RunDetail } from "../../src/server/contract.ts";
import { type Ended, type Folder, userFolder } from "./user-folder.ts";

/** Removed when the test is over. */
export function folderWith(files: Readonly<Record<string, string>>): Folder {
  const folder = userFolder({ "package.json": "{}", ...files });
  onTestFinished(() => folder.remove());
  return folder;
}

export interface Running {
  readonly address: string;
  json<T>(path: string): Promise<T>;
  until<T>(path: string, wanted: (json: T) => boolean): Promise<T>;
  start(flow: string): Promise<RunDetail>;
  /** Resolves, with all it has printed, once this was among it. */
  said(text: string | RegExp): Promise<string>;
  /** SIGTERM where nothing else is said, and what it printed. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

export interface ServeHow {
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves when this was printed; default: all of the first screen. */
  readonly after?: string;
  /** Default: any that is free; "unnamed": 4200, or the next that is free. */
  readonly port?: string;
}

/** Ended when the test is over, however that goes. */
export async function serving(
  folder: Folder,
  words: readonly string[],
  { env = {}, after = "Ctrl-C ends it", port = "0" }: ServeHow = {},
): Promise<Running> {
  let printed = "";
  let child: ChildProcess | undefined;
  const waiting = new Set<() => void>();
  const ended = folder.caudal(["serve", ...(port === "unnamed" ? [] : ["--port", port]), ...words], {
    env,
    spawned: (process) => (child = process),
    heard: (text) => {
      printed = text;
      for (const look of waiting) look();
    },
  });
  onTestFinished(async () => {
    child?.kill("SIGKILL");
    await ended;
  });
  const said = (text: string | RegExp) =>
    Promise.race([
      new Promise<string>((resolve) => {
        const look = () => {
          if (typeof text === "string" ? !printed.includes(text) : !text.test(printed)) return;
          waiting.delete(look);
          resolve(printed);
        };
        waiting.add(look);
        look();
      }),
      ended.then(({ out, err }) => Promise.reject(new Error(`it has ended, and printed:\n${out}\n${err}`))),
    ]);
  ended.catch(() => undefined);
  await said(after);
  const address = /http:\/\/[\d.:]+/.exec(printed)?.[0] ?? "";
  const json = async <T>(path: string) => (await (await fetch(`${address}/api/v1${path}`)).json()) as T;
  return {
    ...{ address, json, said, ended },
    async until(path, wanted) {
      for (;;) {
        const found = await json<never>(path);
        if (wanted(found)) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    start: async (flow) =>
      (await (
        await fetch(`${address}/api/v1/flows/${encodeURIComponent(flow)}/runs`, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-Caudal": "1" },
          body: "{}",
        })
      ).json()) as RunDetail,
    stop: (signal = "SIGTERM") => {
      child?.kill(signal);
      return ended;
    },
  };
}
