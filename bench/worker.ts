/** The other end of a benchmark process: does a round when told, answers with wall and CPU time per task. */

export interface Round {
  readonly wallUs: number;
  readonly cpuUs: number;
}

type Work = () => Promise<number>;

async function timed(work: Work): Promise<Round> {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const tasks = await work();
  const wallUs = Number(process.hrtime.bigint() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallUs: wallUs / tasks, cpuUs: (user + system) / tasks };
}

/** `yardstick` imports nothing of Caudal; every other name is a row of it. */
export async function serveRounds(name: string): Promise<void> {
  const work = name === "yardstick" ? (await import("./yardstick.ts")).yardstickRound : await rowWork(name);
  process.on("message", () => {
    void timed(work).then((round) => process.send?.(round));
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.("ready");
}

async function rowWork(name: string): Promise<Work> {
  const { ROWS } = await import("./flows.ts");
  const row = ROWS[name]?.();
  if (row === undefined) throw new Error(`no benchmark row '${name}'`);
  return async () => {
    await row.run();
    return row.tasks;
  };
}
