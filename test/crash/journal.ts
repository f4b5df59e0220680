/** What processes of the rig wrote outside of the store: every call of a body, every commit that returned. */
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Start {
  /** `run/slug[child]`. */
  readonly taskRun: string;
  readonly attempt: number;
  readonly fence: number;
  readonly pid: number;
  /** Monotonic, of the machine, ns. */
  readonly at: bigint;
}

export interface Journal {
  readonly starts: readonly Start[];
  readonly ends: readonly (Start & { readonly how: string })[];
  /** Transitions that listeners were told of, by who committed them; others tell them again. */
  readonly told: readonly { readonly taskRun: string; readonly from: string; readonly to: string }[];
  /** Inner steps: `step` when one is done, `kept` when its value is safe. In order. */
  readonly inner: readonly { readonly what: string; readonly taskRun: string; readonly name: string }[];
  readonly notes: readonly (readonly string[])[];
  /** At `at` everything up to `cursor` was reported as committed. */
  readonly commits: readonly { readonly cursor: number; readonly pid: number; readonly at: bigint }[];
  /** Of processes that ended by themselves: how many transactions and bodies they had. */
  readonly lived: readonly {
    readonly pid: number;
    readonly transactions: number;
    readonly bodies: number;
    readonly blobs: number;
  }[];
}

const FILES = ["journal", "commits"] as const;

/** Two descriptors for a child to append to; `close` once it has them. */
export function openJournal(folder: string): { readonly descriptors: readonly number[]; close(): void } {
  const descriptors = FILES.map((name) => openSync(join(folder, name), "a"));
  const close = () => {
    for (const descriptor of descriptors) closeSync(descriptor);
  };
  return { descriptors, close };
}

function linesOf(folder: string, name: (typeof FILES)[number]): string[][] {
  const path = join(folder, name);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

function callOf([, taskRun = "", attempt, fence, ...rest]: readonly string[]): Start {
  return {
    taskRun,
    attempt: Number(attempt),
    fence: Number(fence),
    pid: Number(rest.at(-2)),
    at: BigInt(rest.at(-1) ?? 0),
  };
}

export function readJournal(folder: string): Journal {
  const lines = linesOf(folder, "journal");
  const commits = linesOf(folder, "commits");
  const of = (from: readonly string[][], ...kinds: string[]) => from.filter(([kind]) => kinds.includes(kind ?? ""));
  return {
    starts: of(lines, "start").map(callOf),
    ends: of(lines, "end").map((line) => ({ ...callOf(line), how: line[5] ?? "" })),
    told: of(lines, "told").flatMap(([, taskRun = "", from = "", to = "", how]) =>
      how === "first" ? [{ taskRun, from, to }] : [],
    ),
    inner: of(lines, "step", "kept").map(([what = "", taskRun = "", name = ""]) => ({ what, taskRun, name })),
    notes: of(lines, "note", "clock"),
    commits: of(commits, "commit").map(([, cursor, pid, at]) => ({
      ...{ cursor: Number(cursor), pid: Number(pid), at: BigInt(at ?? 0) },
    })),
    lived: of(commits, "lived").map(([, transactions, bodies, blobs, pid]) => ({
      ...{ transactions: Number(transactions), bodies: Number(bodies), blobs: Number(blobs), pid: Number(pid) },
    })),
  };
}
