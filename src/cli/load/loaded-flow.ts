/** What the CLI calls of a flow. It may come from another copy of the package, so it is met only by these members. */
import type { VisualizeOptions } from "../../flow/visualize.ts";
import type { RegisteredFlow } from "../../flow/registry.ts";
import type { MarkSettings } from "../../flow/mark-options.ts";
import type { FlowRun } from "../../flow/flow-run.ts";
import type { Program } from "../../ports/program.ts";
import type { ResumeOptions } from "../../runtime/kept/resume.ts";
import type { RunOptions } from "../../runtime/run.ts";
import type { ScheduleOptions } from "../../runtime/run-on-schedule.ts";

export interface LoadedFlow extends RegisteredFlow {
  readonly program: Program;
  readonly fingerprint: string;
  run(options: RunOptions): Promise<FlowRun>;
  resume(run: string, options: ResumeOptions): Promise<FlowRun>;
  retry(run: string, options: ResumeOptions): Promise<FlowRun>;
  mark(run: string, task: string, settings: MarkSettings): Promise<FlowRun>;
  runOnSchedule(options: ScheduleOptions): Promise<FlowRun | undefined>;
  visualize(options: VisualizeOptions): Promise<string>;
}
