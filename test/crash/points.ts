/** Where processes are killed: every transaction, every body, within every blob, and recoveries themselves. */
import { type Expected, type Flow, type Kill, live, type Order, type Outcome, type Workspace } from "./rig.ts";

/** How the flow ends, and how long its lives are, where nothing is killed. */
export interface Uncrashed {
  readonly flow: Flow;
  readonly expected: Expected;
  readonly lived: Outcome["lived"];
}

/** One death or more, at places that can be named again. */
export interface Point {
  readonly name: string;
  readonly flow: Flow;
  readonly orders: readonly Order[];
}

export async function uncrashed(workspace: Workspace, flow: Flow): Promise<Uncrashed> {
  const place = workspace.place();
  const { violations, endings, lived } = await live(place, flow, [], undefined);
  if (violations.length > 0) throw new Error(`${flow.name}, which nothing killed: ${violations.join("; ")}`);
  place.remove();
  return { flow, expected: { endings, code: 0 }, lived };
}

const TRANSACTION = ["before-begin", "before-commit", "after-commit"] as const;
const BODY = ["before-start", "within", "after-end"] as const;

/** The process after the death goes on by the key of the run, or as somebody who asks for the last run. */
function pointAt(flow: Flow, life: number, kills: readonly Kill[], index: number): Point {
  const name = kills.map(({ number, when }) => `${number}:${when}`).join(",");
  const orders: Order[] = Array.from({ length: life }, () => ({}));
  const resumeLast = index % 2 === 1;
  for (const [i, kill] of kills.entries()) orders.push({ kill, ...(i > 0 && { resumeLast }) });
  orders.push({ resumeLast });
  return { name: `${flow.name}:${life}:${name}`, flow, orders };
}

/** C1: at each transaction, before it begins, before it commits, and before its commit is known. */
export function atTransactions({ flow, lived }: Uncrashed): Point[] {
  return lived.flatMap(({ transactions }, life) =>
    Array.from({ length: transactions * TRANSACTION.length }, (_, i) => {
      const [number, when] = [1 + Math.floor(i / TRANSACTION.length), TRANSACTION[i % TRANSACTION.length]!];
      return pointAt(flow, life, [{ what: "transaction", number, when }], i);
    }),
  );
}

/** C3: at each call of a body, before it begins, when it has done its work, and before it is known to have ended. */
export function atBodies({ flow, lived }: Uncrashed): Point[] {
  return lived.flatMap(({ bodies }, life) =>
    Array.from({ length: bodies * BODY.length }, (_, i) => {
      const [number, when] = [1 + Math.floor(i / BODY.length), BODY[i % BODY.length]!];
      return pointAt(flow, life, [{ what: "body", number, when }], i);
    }),
  );
}

const BLOB = ["made", "half-written", "written", "synced", "renamed"] as const;

/** C2: within the writing of each result that is a file. What comes of its row is C1's. */
export function atBlobs({ flow, lived }: Uncrashed): Point[] {
  return lived.flatMap(({ blobs }, life) =>
    Array.from({ length: blobs * BLOB.length }, (_, i) => {
      const [number, when] = [1 + Math.floor(i / BLOB.length), BLOB[i % BLOB.length]!];
      return pointAt(flow, life, [{ what: "blob", number, when }], i);
    }),
  );
}

const RECOVERY_STEPS = 6;
const FIRST_EVERY = 4;

/** C4: after a death at every fourth transaction the recovery dies too, at each of its first transactions. */
export function atRecoveries({ flow, lived }: Uncrashed): Point[] {
  const transactions = lived[0]?.transactions ?? 0;
  const points: Point[] = [];
  for (let first = 2; first <= transactions; first += FIRST_EVERY) {
    for (let second = 1; second <= RECOVERY_STEPS; second++) {
      const [a, b] = [TRANSACTION[first % 3]!, TRANSACTION[(first + second) % 3]!];
      const kills = [
        { what: "transaction", number: first, when: a },
        { what: "transaction", number: second, when: b },
      ] as const;
      points.push(pointAt(flow, 0, kills, first + second));
    }
  }
  return points;
}

/** Dies there, is started again until it has ended, and is judged. The folder of a violation is kept. */
export async function dieAt(workspace: Workspace, { flow, orders }: Point, expected: Expected): Promise<Outcome> {
  const place = workspace.place();
  const outcome = await live(place, flow, orders, expected);
  place.remove();
  return outcome;
}
