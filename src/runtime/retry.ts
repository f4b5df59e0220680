/** What failed in a run that has ended runs again, in that run and with the results of the rest. */
import { CaudalError } from "../base/errors.ts";
import { rebuild } from "../engine/recover.ts";
import { isFailure, type SetBack, setBackFailed } from "../engine/run-again.ts";
import type { Program } from "../ports/program.ts";
import type { Store, TaskRunRow } from "../ports/store.ts";
import { isFinishedType } from "../state/task-state.ts";
import { defaultStore } from "./default-store.ts";
import type { FinishedRun } from "./finished-run.ts";
import { flowVersionOf, programFingerprint } from "./flow-version.ts";
import { FLOW_RUNNER, runningAgain } from "./log-lines.ts";
import { driveOwned, planOf } from "./own-run.ts";
import { keptRows, loadHistory, type ResumeOptions, type Rows } from "./resume.ts";
import { portsOf, type RunExtra } from "./run.ts";
import { readSecrets } from "./secrets.ts";

/** States of runs in which something may be run again. */
export const RETRIED = ["Failed", "TimedOut", "Cancelled"] as const;

/**
 * A run id, or `"last"`: the newest run of the flow that failed, timed out or was cancelled. Its state is Running
 * again, its owner this process, and its end that of what runs now.
 * @throws CaudalError RUN_UNKNOWN, RUN_OF_ANOTHER_FLOW, RUN_NOT_OVER, NOTHING_FAILED, RUN_CODE_CHANGED, RUN_OWNED,
 * SECRET_MISSING: before anything is written
 */
export async function retryProgram(
  program: Program,
  which: string,
  options: ResumeOptions = {},
  extra: RunExtra = {},
): Promise<FinishedRun> {
  const store = options.store ?? (await defaultStore(program));
  const ports = portsOf(options, extra);
  const id = which === "last" ? await lastFailed(program, store) : which;
  const before = await store.readRun(id);
  if (before === undefined) throw new CaudalError("RUN_UNKNOWN", { run: id });
  const { flow, state, fingerprint: begunWith } = before;
  if (flow !== program.graph.name)
    throw new CaudalError("RUN_OF_ANOTHER_FLOW", { run: id, flow, given: program.graph.name });
  if (!isFinishedType(state.type)) throw new CaudalError("RUN_NOT_OVER", { run: id, state: state.type });
  const secrets = readSecrets(program, options.secrets);
  const { changes, back } = setBack(program, await keptRows(program, store, before));
  if (back.again.length === 0) throw new CaudalError("NOTHING_FAILED", { what: `run ${id}` });
  if (changes.length > 0 && options.acceptChanges !== true)
    throw new CaudalError("RUN_CODE_CHANGED", { run: id, flow, changes });
  const now = ports.clock.now();
  const version = { fingerprint: programFingerprint(program), make: () => flowVersionOf(program) };
  const row = await store.takeOver(id, now, { version, reopen: true });
  // Read again: somebody else may have run it again between our look and the take-over.
  const kept = await keptRows(program, store, row, begunWith);
  const { back: chosen } = setBack(program, kept);
  const history = kept.moved ? [] : await store.readHistory(id);
  return driveOwned({
    ...{ program, options, row, store, ports, secrets },
    begin: (capacity) => {
      const facts = { id, parameters: row.parameters, flow: row.state, taskRuns: chosen.rows };
      const rebuilt = rebuild(planOf(program), facts, capacity);
      loadHistory(rebuilt.run, history);
      const again = kept.moved ? chosen.rows.map(({ slot }) => slot) : [...chosen.again, ...rebuilt.again];
      const removed = [...new Set([...chosen.removed, ...rebuilt.removed, ...kept.removed])];
      return { run: rebuilt.run, event: { type: "RunRecovered", at: now }, again, removed };
    },
    announce: () => {
      const names = chosen.nodes.map((node) => program.graph.nodes[node]!.name);
      const message = runningAgain(flow, id, names);
      ports.logger.write({ at: now, level: "info", logger: FLOW_RUNNER, message, fields: { runId: id } });
    },
  });
}

async function lastFailed(program: Program, store: Store): Promise<string> {
  const { name } = program.graph;
  const [last] = await store.listRuns({ flow: name, states: RETRIED, limit: 1 });
  if (last === undefined) throw new CaudalError("NOTHING_FAILED", { what: `a run of flow '${name}' in ${store.name}` });
  return last.id;
}

interface Chosen {
  readonly back: SetBack<TaskRunRow>;
  /** What runs again and is not as it was, one sentence each. */
  readonly changes: readonly string[];
}

function setBack(program: Program, { rows, before }: Rows): Chosen {
  const back = setBackFailed(planOf(program), rows);
  return { back, changes: before === undefined ? [] : changesIn(program, before, back.nodes) };
}

function changesIn(program: Program, before: NonNullable<Rows["before"]>, nodes: readonly number[]): readonly string[] {
  const shapes = new Map(before.nodes.map(({ slug, shape }) => [slug, shape]));
  const now = flowVersionOf(program).nodes;
  const known = new Set(now.map(({ slug }) => slug));
  const failed = new Set(before.rows.filter(isFailure).map(({ node }) => node));
  return [
    ...nodes.flatMap((node) => {
      const { slug, shape } = now[node]!;
      if (!shapes.has(slug)) return [`'${slug}' is new`];
      return shapes.get(slug) === shape ? [] : [`'${slug}' is to run again and was changed`];
    }),
    ...before.nodes.flatMap(({ slug }, node) =>
      known.has(slug) || !failed.has(node) ? [] : [`'${slug}' is to run again and is no longer in the flow`],
    ),
  ];
}
