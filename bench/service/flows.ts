/** The flows of the service that is measured. They are served as values, and from this file by the command. */
import { context, flow, task } from "caudal";

const extract = task("extract", async (size: number) => Array.from({ length: size }, (_, i) => i));
const load = task("load", async (rows: readonly number[]) => rows.length);

export const orders = flow({ name: "orders", parameters: { size: 25 } }, ({ size }) => ({
  loaded: load(extract(size)),
}));

export const letters = flow({ name: "letters", parameters: { size: 5 } }, ({ size }) => load(extract(size)));

export const quiet = flow("quiet", () => load(extract(3)));

/** Called when a body is: its parameter says what it belongs to. */
let heard: (mark: string) => void = () => undefined;

export function onBody(callback: (mark: string) => void): void {
  heard = callback;
}

const tell = task("tell", async (mark: string) => heard(mark));

export const marked = flow({ name: "marked", parameters: { mark: "" } }, ({ mark }) => tell(mark));

const STEPS = 20;
const STEP_MS = 30;

const step = task("step", async (at: number) => {
  await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  return at + context().attempt;
});

/** Something to watch: a commit every 30 ms. */
export const watched = flow("watched", () => {
  let at = step(0);
  for (let i = 1; i < STEPS; i++) at = step(at);
  return at;
});
