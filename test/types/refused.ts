/** What must not compile: compiled with the rest, never run. Each expectation fails when the line is accepted. */
import { z } from "zod";
import { branch, filter, flow, isSuccess, merge, parameter, resource, settled, task, unmapped } from "caudal";

interface Hit {
  readonly id: string;
}
const num = task("num", () => 1);
const str = task("str", async () => "a");
const hits = task("hits", (): Hit[] => []);
const takesNumber = task("takes number", (x: number) => x);
const takesHits = task("takes hits", (all: Hit[]) => all.length);
const takesBoth = task("takes both", (hit: Hit, x: number) => hit.id + x);
const maybe = task("maybe", (): string | null => null);
const takesText = task("takes text", (text: string) => text);
const channel = task("channel", () => "sms" as "sms" | "mail");

export function arguments_(): void {
  // @ts-expect-error a text where a number is wanted
  takesNumber(str());
  // @ts-expect-error a list of texts where a list of hits is wanted
  takesHits(task("list", () => ["a"])());
  // @ts-expect-error an argument is missing
  takesBoth(hits().at(0));
  // @ts-expect-error one argument too many
  takesNumber(1, 2);
  // @ts-expect-error it may be null
  takesText(maybe());
  // @ts-expect-error the task itself, not its call
  takesNumber(num);
  // @ts-expect-error a promise
  takesNumber(Promise.resolve(1));
  // @ts-expect-error a wrong member, deep inside
  takesHits([{ id: num() }]);
  // @ts-expect-error an entry may be undefined
  takesBoth(hits().at(0), 1);
}

export function refsAsValues(): void {
  const ref = num();
  // @ts-expect-error arithmetic
  ref + 1;
  // @ts-expect-error arithmetic
  ref * 2;
  // @ts-expect-error comparison with a value
  if (str() === "a") takesNumber(1);
  // @ts-expect-error no such member
  hits().length;
  // @ts-expect-error not iterable
  for (const hit of hits()) takesText(hit);
  // @ts-expect-error the result has no such member
  hits().at(0).get("nope");
}

export async function awaited(): Promise<void> {
  // @ts-expect-error results exist only while the flow runs
  await num();
}

export function mapping(): void {
  // @ts-expect-error not a list: unmapped(…) is missing
  takesBoth.map(hits(), num());
  // @ts-expect-error elements of the wrong type
  takesNumber.map(["a"]);
  takesBoth.map(hits(), unmapped(num()));
}

export function branching(): void {
  // @ts-expect-error the case 'mail' is missing
  branch(channel(), { sms: () => num() });
  // @ts-expect-error there is no such value
  branch(channel(), { sms: () => num(), mail: () => num(), fax: () => num() });
  // @ts-expect-error any text: otherwise is missing
  branch(str(), { a: () => num() });
  // @ts-expect-error nothing to choose by
  branch(hits(), { a: () => num() });
  // @ts-expect-error merge takes refs
  merge(1, 2);
}

export function options(): void {
  // @ts-expect-error not a duration
  task({ name: "a", timeout: "30 seconds" }, () => 1);
  // @ts-expect-error no such option
  task({ name: "a", retry: 3 }, () => 1);
  // @ts-expect-error not a trigger
  task({ name: "a", trigger: "sometimes" }, () => 1);
  // @ts-expect-error a flow needs its name
  flow({ tags: ["a"] }, () => undefined);
  // @ts-expect-error the build function is async
  flow("async", async () => {
    num();
  });
  // @ts-expect-error a Date is not JSON
  flow({ name: "date", parameters: { at: new Date() } }, () => undefined);
}

export function parameters(): void {
  const plain = flow({ name: "plain", parameters: { size: 10 } }, ({ size }) => takesNumber(size));
  // @ts-expect-error no such parameter
  plain.run({ parameters: { sise: 1 } });
  // @ts-expect-error a text where a number is wanted
  plain.run({ parameters: { size: "1" } });
  // @ts-expect-error the ref of a number
  flow({ name: "x", parameters: { size: 10 } }, ({ size }) => takesText(size));
  // @ts-expect-error there is no such parameter to build with
  flow({ name: "x", parameters: { size: 10 } }, ({ sise }) => takesNumber(sise));
  const required = flow(
    { name: "required", parameters: { size: parameter<number>(), mode: z.string() } },
    () => undefined,
  );
  // @ts-expect-error nothing is given
  required.run();
  // @ts-expect-error one is missing
  required.run({ parameters: { size: 1 } });
  const none = flow("none", () => num());
  // @ts-expect-error it has no parameters
  none.run({ parameters: { size: 1 } });
}

export async function results(): Promise<void> {
  const run = await flow("some", () => ({ stored: num() })).run();
  // @ts-expect-error nobody has looked whether it succeeded
  run.result.stored;
  if (isSuccess(run)) {
    // @ts-expect-error no such member
    run.result.sored;
  }
  // @ts-expect-error a state is data, not a method
  run.isFailed();
}

export function settledAndFiltered(): void {
  // @ts-expect-error { ok, value } where a number is wanted
  takesNumber(settled(num()));
  // @ts-expect-error not a list
  filter(num());
  // @ts-expect-error a value is not a ref
  settled(1);
}

const session = resource("session", { setup: (url: string) => url.length, cleanup: (size) => size + 1 });

export function resources(): void {
  // @ts-expect-error a number where a text is wanted
  session.use(1, (size) => takesNumber(size));
  // @ts-expect-error setup's argument is missing
  session.use((size) => takesNumber(size));
  // @ts-expect-error the block gets a number
  session.use("a", (size) => takesText(size));
  // @ts-expect-error results of resources are never kept
  resource("kept", { setup: () => 1, cleanup: () => 2, cacheFor: "1d" });
}

export function flowsAsTasks(): void {
  const child = flow({ name: "child", parameters: { size: parameter<number>() } }, ({ size }) => takesNumber(size));
  const asTask = child.asTask();
  // @ts-expect-error the ref of a text where a number is wanted
  asTask({ size: str() });
  // @ts-expect-error a parameter is missing
  asTask();
  // @ts-expect-error no such parameter
  asTask({ size: 1, sise: 2 });
  // @ts-expect-error no such option
  child.asTask({ retry: 1 });
}
