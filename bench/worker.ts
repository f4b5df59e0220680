/** The other end of a benchmark process: does a round when told, answers with wall and CPU time per task. */

export interface Round {
  readonly wallUs: number;
  readonly cpuUs: number;
}

/** What a process does in its rounds: how many tasks that were, or what they took where only a part of it counts. */
export interface Work {
  /** Before each round, not timed. */
  prepare?(): Promise<void> | void;
  round(): Promise<number | Round>;
}

/** Starts to time; the function answers per task. */
export function stopwatch(): (tasks: number) => Round {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  return (tasks) => {
    const wallUs = Number(process.hrtime.bigint() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    return { wallUs: wallUs / tasks, cpuUs: (user + system) / tasks };
  };
}

async function timed(work: Work): Promise<Round> {
  await work.prepare?.();
  const stop = stopwatch();
  const done = await work.round();
  return typeof done === "number" ? stop(done) : done;
}

/** `yardstick` imports nothing of Caudal; every other name is a row of one of the groups. */
export async function serveRounds(name: string): Promise<void> {
  const work = await workOf(name);
  process.on("message", () => {
    void timed(work).then((round) => process.send?.(round));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");
}

async function workOf(name: string): Promise<Work> {
  if (name === "yardstick") return { round: (await import("./yardstick.ts")).yardstickRound };
  const { DURABLE_ROWS } = await import("./durable-rows.ts");
  const durable = DURABLE_ROWS[name];
  if (durable !== undefined) return await durable();
  const { ROWS } = await import("./flows.ts");
  const row = ROWS[name]?.();
  if (row === undefined) throw new Error(`no benchmark row '${name}'`);
  return {
    round: async () => {
      await row.run();
      return row.tasks;
    },
  };
}
