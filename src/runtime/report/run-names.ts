/**
 * What single task runs are called in log lines and views: `taskRunName`, filled in or asked when the first attempt
 * begins; before that, and without it, the task's name. Prefect 1.x: `task_run_name`.
 */
import type { Instant } from "../../base/time.ts";
import { childIndex, type Run, rulesOf, taskRunName } from "../../engine/run.ts";
import type { TaskFunctions } from "../../ports/program.ts";
import { recordOf } from "../../state/error-text.ts";
import { fillPlaceholders } from "../answers/placeholders.ts";

const LENGTH_MAX = 200;

export class RunNames {
  readonly #run: Run;
  readonly #beganAt: Instant;
  readonly #names = new Map<number, string>();
  readonly #warn: (message: string) => void;
  readonly #warnedOf = new Set<number>();

  constructor(run: Run, beganAt: Instant, warn: (message: string) => void) {
    this.#run = run;
    this.#beganAt = beganAt;
    this.#warn = warn;
  }

  of(slot: number): string {
    return this.#names.get(slot) ?? taskRunName(this.#run, slot);
  }

  /** Undefined: none of its own. */
  ownOf(slot: number): string | undefined {
    return this.#names.get(slot);
  }

  /** Its first attempt begins, with these arguments. A name that cannot be made is the task's; said once per task. */
  begins(slot: number, { taskRunName: named }: TaskFunctions, args: readonly unknown[]): void {
    if (named === undefined || this.#names.has(slot)) return;
    try {
      const name: unknown = typeof named === "function" ? named(args) : this.#filled(slot, named, args);
      if (typeof name !== "string" || name.trim() === "") throw new Error("it gave no text");
      this.#names.set(slot, onOneLine(name));
    } catch (thrown) {
      const node = this.#run.owner[slot]!;
      if (this.#warnedOf.has(node)) return;
      this.#warnedOf.add(node);
      const { message } = recordOf(thrown);
      this.#warn(`Task '${taskRunName(this.#run, slot)}': taskRunName failed, so the task's name is shown: ${message}`);
    }
  }

  /** Children whose text does not tell them apart are told apart by their index. */
  #filled(slot: number, text: string, args: readonly unknown[]): string {
    const run = this.#run;
    const { graph } = run.plan;
    const mapIndex = childIndex(run, slot);
    const labels = graph.nodes[run.owner[slot]!]!.arguments.map(({ label }) => label);
    const rest = { parameters: run.parameters, mapIndex, beganAt: this.#beganAt };
    const basis = { flow: graph.name, rules: rulesOf(run, slot), args, labels, ...rest };
    const filled = fillPlaceholders(
      text,
      basis,
      (value) => value,
      (why) => new Error(why),
    );
    return mapIndex !== undefined && filled === text ? `${filled}[${mapIndex}]` : filled;
  }
}

/** A log line is one line, and names are not what it is about. */
function onOneLine(name: string): string {
  const line = name.replaceAll(/\s+/g, " ").trim();
  return line.length <= LENGTH_MAX ? line : `${line.slice(0, LENGTH_MAX)}…`;
}
