/** Interleaved rounds: each row in a process of its own, one round of every row, then the next round. */
import { type ChildProcess, fork } from "node:child_process";
import type { Round } from "./worker.ts";

/** Rounds that are run and not counted: code gets warm. */
const WARM_UP = 2;

class Worker {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(name: string, node: string): Promise<Worker> {
    const child = fork(process.argv[1]!, ["--worker", name], { execPath: node });
    await answerOf(child);
    return new Worker(child);
  }

  async round(): Promise<Round> {
    const answer = answerOf(this.#child);
    this.#child.send("round");
    return (await answer) as Round;
  }

  stop(): void {
    this.#child.disconnect();
  }
}

/** The next message; one that ends without saying anything has failed, and says why by itself. */
function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`a process of the benchmark ended: ${child.spawnargs.slice(2).join(" ")}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}

/** The rounds of every row, by its name. */
export async function interleaved(
  names: readonly string[],
  node: string,
  rounds: number,
): Promise<ReadonlyMap<string, readonly Round[]>> {
  const workers = new Map<string, Worker>();
  for (const name of names) workers.set(name, await Worker.start(name, node));
  const took = new Map<string, Round[]>(names.map((name) => [name, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [name, worker] of workers) {
      const one = await worker.round();
      if (round >= 0) took.get(name)?.push(one);
    }
  }
  for (const worker of workers.values()) worker.stop();
  return took;
}
