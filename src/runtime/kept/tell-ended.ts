/**
 * Runs that have ended, and whose process died before it had told their listeners: these are called now, as `replayed`.
 * Only by the flow as it was then: of one that has changed since, `caudal doctor` says what was not told.
 */
import { rebuild } from "../../engine/recover.ts";
import { type Run, taskRunName } from "../../engine/run.ts";
import type { Program } from "../../ports/program.ts";
import type { LogRow, RunRow, Store } from "../../ports/store.ts";
import { CaudalError } from "../../base/errors.ts";
import { aboutOf } from "../body/attempt-about.ts";
import { readSecrets } from "../body/secrets.ts";
import { planOf } from "../own-run.ts";
import { captureConsole } from "../report/console-capture.ts";
import { FLOW_RUNNER } from "../report/log-lines.ts";
import { type Mask, maskOf } from "../report/masking.ts";
import type { RunOptions, RunPorts } from "../run.ts";
import { recordsOf } from "../run-records.ts";
import { lastWord, makeTeller } from "../telling.ts";
import { isOfTheMoment } from "./commit-patiently.ts";
import { programFingerprint } from "./flow-version.ts";
import { inHand, isInHand } from "./in-hand.ts";
import { untoldOf } from "./untold.ts";

/** How many are looked at each time. */
const TOLD_MAX = 1_000;

interface Teller {
  readonly program: Program;
  readonly options: Pick<RunOptions, "secrets" | "context"> & { readonly store: Store };
  readonly ports: RunPorts;
}

/** All such runs of the flow, oldest first. What cannot be had just now is had by whoever comes next. */
export async function tellEnded(
  { program, options, ports }: Teller,
  stops: () => boolean = () => false,
): Promise<void> {
  const { store } = options;
  const found = await store.listRuns({ flow: program.graph.name, untold: true, limit: TOLD_MAX });
  for (const row of found.toReversed()) {
    if (stops()) return;
    await tellRun({ program, options, ports }, row);
  }
}

/** False: it is told by somebody else, or the flow is another now. */
export async function tellRun(teller: Teller, { id, fingerprint, epoch }: RunRow): Promise<boolean> {
  const { program, options, ports } = teller;
  const { store } = options;
  const { clock, logger } = ports;
  if (fingerprint !== programFingerprint(program) || isInHand(store, id, epoch)) return false;
  try {
    await inHand({ store, clock }, id, async (hand) => {
      const row = await store.takeOver(id, clock.now(), { tell: true });
      hand.epoch = row.epoch;
      const text = `Telling the listeners of run ${id}: its process ended before it had told them of its end`;
      logger.write({ at: clock.now(), level: "info", logger: FLOW_RUNNER, message: text, fields: { runId: id } });
      await tell(teller, row);
    });
    return true;
  } catch (thrown) {
    if (!(thrown instanceof CaudalError)) throw thrown;
    if (!isOfTheMoment(thrown) && thrown.code !== "RUN_OVER") {
      const text = `The listeners of run ${id} cannot be told of its end: ${thrown.message}`;
      logger.write({ at: clock.now(), level: "warn", logger: FLOW_RUNNER, message: text, fields: { runId: id } });
    }
    return false;
  }
}

async function tell({ program, options, ports }: Teller, row: RunRow): Promise<void> {
  const { store } = options;
  const { clock, random } = ports;
  const logger = ports.logger.json ? recordsOf(ports.logger, row) : ports.logger;
  const taskRuns = await store.readTaskRuns(row.id);
  const untold = untoldOf(program, row, taskRuns, await store.readHistory(row.id));
  const { run } = rebuild(planOf(program), { id: row.id, parameters: row.parameters, flow: row.state, taskRuns }, 1);
  const logs: LogRow[] = [];
  const about = aboutOf({
    ...{ program, run, row, user: options.context ?? {}, host: { store, clock, random, logger } },
    ...secretsOf(program, options),
    keepLog: (line) => void logs.push(line),
    nameOf: nameIn(run),
  });
  const release = captureConsole(logger);
  try {
    const teller = makeTeller({ program, run, about, clock, logger, untold, lastCommit: row.cursor });
    teller.tell();
    await new Promise<void>((resolve) => teller.isBusy(resolve) || resolve());
  } finally {
    release();
  }
  await lastWord(
    { store, clock, logger },
    {
      ...{ runId: row.id, epoch: row.epoch, at: clock.now(), flow: undefined, taskRuns: [], removed: [], logs },
      path: { slots: new Uint32Array(0), steps: new Uint16Array(0) },
      ...{ cache: [], cacheFreed: [], answered: [], untoldAfter: "itself", letsGo: true },
    },
  );
}

const nameIn = (run: Run) => (slot: number) => taskRunName(run, slot);

/** Nothing runs any more that needs them: those that are there are kept out of the lines. */
function secretsOf(
  program: Program,
  { secrets: given }: Teller["options"],
): { readonly secrets: Readonly<Record<string, string>>; readonly mask: Mask } {
  let secrets: Readonly<Record<string, string>> = {};
  try {
    secrets = readSecrets(program, given);
  } catch (thrown) {
    if (!(thrown instanceof CaudalError)) throw thrown;
  }
  return { secrets, mask: maskOf(secrets) };
}
