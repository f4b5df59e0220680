/** Triggers and caches of cases, as options of tasks. */
import { someFailed, someSuccessful, type TaskOptions, type Trigger } from "../../../src/index.ts";
import type { TaskCase, TriggerCase } from "./case-format.ts";

/** Below 1 a share of the upstreams, from 1 on a count of them. */
function bounds({ atLeast, atMost }: Exclude<TriggerCase, string>) {
  return {
    ...(atLeast !== undefined && (atLeast < 1 ? { atLeastShare: atLeast } : { atLeast: Math.ceil(atLeast) })),
    ...(atMost !== undefined && (atMost < 1 ? { atMostShare: atMost } : { atMost: Math.floor(atMost) })),
  };
}

export function triggerOf(said: TriggerCase | undefined): Trigger {
  if (said === undefined) return "all_successful";
  const { name, ...rest } = typeof said === "string" ? { name: said } : said;
  if (name === "some_failed" || name === "some_successful") {
    const given = bounds({ name, ...rest });
    const some = name === "some_failed" ? someFailed : someSuccessful;
    return some(Object.keys(given).length === 0 ? { atLeast: 0 } : given);
  }
  return (name === "always_run" ? "all_finished" : name) as Trigger;
}

type Inputs = Readonly<Record<string, unknown>>;

function picked(values: Inputs, on: readonly string[] | null | undefined): unknown {
  return Object.fromEntries((on ?? []).map((name) => [name, values[name] ?? null]));
}

let asked = 0;

function cacheBy({ cacheValidator = "duration_only", inputs = [] }: TaskCase): NonNullable<TaskOptions["cacheBy"]> {
  const { name, on } = typeof cacheValidator === "string" ? { name: cacheValidator } : cacheValidator;
  switch (name) {
    case "duration_only":
      return "nothing";
    case "never_use":
      return () => ++asked;
    case "all_inputs": {
      const keyed = inputs.flatMap(({ key }) => (key === undefined ? [] : [key]));
      return inputs.some(({ key, map }) => key === undefined && map === true)
        ? (values) => picked(values, keyed)
        : "inputs";
    }
    case "all_parameters":
      return "parameters";
    case "partial_inputs_only":
      return (values) => picked(values, on);
    case "partial_parameters_only":
      return (_, parameters) => picked(parameters, on);
    default:
      throw new Error(`no validator is called ${name}`);
  }
}

/** Entries are shared by key, and by name where there is none. */
export function cacheOf(task: TaskCase): TaskOptions {
  if (task.cacheFor === undefined) return {};
  return {
    cacheFor: task.cacheFor * 1_000,
    cacheBy: cacheBy(task),
    cacheKey: task.cacheKey ?? task.name ?? task.id,
  };
}
