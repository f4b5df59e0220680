/** `caudal check FILE…`: what is in files and what is wrong with it, without running anything. */
import { buildTwice } from "../../flow/checks/check.ts";
import type { TaskRules } from "../../graph/graph.ts";
import type { TaskFunctions } from "../../ports/program.ts";
import { pathText, placeText } from "../../runtime/report/code-frame.ts";
import { expandFiles } from "../expand-files.ts";
import { lastWord } from "../load/last-word.ts";
import { leftUnevaluated, loadFlows, type LoadedFile } from "../load/load-flows.ts";
import { onlyOnStdout } from "../only-on-stdout.ts";
import type { LoadedFlow } from "../load/loaded-flow.ts";
import { usageOf } from "./parameters.ts";
import { severityWord } from "./severity-word.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface CheckOptions {
  readonly json?: boolean | undefined;
}

interface Finding {
  readonly severity: "error" | "warning" | "note";
  readonly code?: string;
  readonly text: string;
}

interface CheckedFlow {
  readonly flow: string;
  readonly file: string | undefined;
  readonly description: string | undefined;
  readonly tasks: readonly string[];
  readonly parameters: readonly string[];
  readonly schedule: string | undefined;
  readonly fingerprint: string;
  readonly findings: readonly Finding[];
}

type Build = ReturnType<typeof buildTwice>;

interface Report {
  readonly flows: readonly CheckedFlow[];
  /** About files as a whole. */
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export async function checkCommand(files: readonly string[], { json }: CheckOptions, shell: Shell): Promise<ExitCode> {
  const give = json ? onlyOnStdout() : undefined;
  const report = await reportOf(files, shell);
  if (give === undefined) write(report, shell);
  else give(JSON.stringify(report, undefined, 2));
  const errors = [...report.findings, ...report.flows.flatMap((flow) => flow.findings)].filter(
    ({ severity }) => severity === "error",
  );
  return errors.length > 0 ? 1 : 0;
}

async function reportOf(files: readonly string[], shell: Shell): Promise<Report> {
  const loaded = await loadFlows(expandFiles(files, shell.cwd), { cwd: shell.cwd, lastWord: lastWord(shell) });
  const builds = loaded.flows.map((flow) => ({ flow, build: buildTwice(flow) }));
  const uncalled = new Set(builds.flatMap(({ build }) => build.uncalledTasks));
  return {
    flows: builds.map(({ flow, build }) => checked(flow, build, shell)),
    findings: [...uncalled].map((task) => ({
      severity: "warning",
      text: `task '${task}' is made but no flow calls it`,
    })),
    notes: [
      ...loaded.files.flatMap((file) => notesOf(file, shell)),
      ...leftUnevaluated(loaded, shell.cwd).map(
        (sentence) => `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`,
      ),
    ],
  };
}

function checked(flow: LoadedFlow, { differences, warnings, lines }: Build, shell: Shell): CheckedFlow {
  const { graph, schedule } = flow.program;
  const notBuilt = differences.length === 0 && lines.length < graph.nodes.length;
  return {
    flow: flow.name,
    file: flow.file === undefined ? undefined : pathText(flow.file, shell.cwd),
    description: graph.description,
    tasks: graph.nodes.filter(({ kind }) => kind === "task").map(({ slug }) => slug),
    parameters: graph.parameters.map(usageOf),
    schedule: schedule?.describe(),
    fingerprint: flow.fingerprint,
    findings: [
      ...differences.map(
        (difference): Finding => ({
          severity: "error",
          code: "FLOW_NOT_DETERMINISTIC",
          text: `built twice, the flow differs: ${difference}`,
        }),
      ),
      ...warnings.map((text): Finding => ({ severity: "warning", text })),
      ...(notBuilt
        ? [
            {
              severity: "note",
              text: "not built a second time: its file uses an older caudal, which cannot",
            } satisfies Finding,
          ]
        : []),
      ...graph.tasks.flatMap((task, i) => cacheNote(task, flow.program.tasks[i])),
    ],
  };
}

/** The default version of a cache entry is the function's text: what it captures from outside is not seen. */
function cacheNote(
  { name, cacheForMs, hasTarget }: TaskRules,
  functions: TaskFunctions | undefined,
): readonly Finding[] {
  if (cacheForMs === undefined || hasTarget || functions?.cacheVersion !== undefined) return [];
  return [
    {
      severity: "note",
      text: `task '${name}' is cached until its inputs or its own text change; values it captures from outside are not seen. Raise cacheVersion when they change`,
    },
  ];
}

function notesOf({ path, stop }: LoadedFile, { cwd }: Shell): readonly string[] {
  if (stop === undefined) return [];
  const where = stop.place === undefined ? pathText(path, cwd) : placeText(stop.place, cwd);
  return [
    `Loading stopped at ${where}: ${stop.call}() of flow '${stop.flow}' was not carried out, nor what stands behind it`,
  ];
}

const TASKS_NAMED_MAX = 12;

function write({ flows, findings, notes }: Report, { out, paint }: Shell): void {
  for (const flow of flows) {
    const bad = flow.findings.some(({ severity }) => severity === "error");
    const about = [
      flow.file,
      `${flow.tasks.length} task${flow.tasks.length === 1 ? "" : "s"}`,
      ...(flow.schedule === undefined ? [] : [flow.schedule]),
    ].filter((part) => part !== undefined);
    out(`${bad ? paint.bad("✗") : paint.good("✓")} ${paint.strong(flow.flow)}  ${paint.faint(about.join(", "))}`);
    const more = flow.tasks.length > TASKS_NAMED_MAX ? `, … ${flow.tasks.length - TASKS_NAMED_MAX} more` : "";
    if (flow.tasks.length > 0) out(`    tasks       ${flow.tasks.slice(0, TASKS_NAMED_MAX).join(", ")}${more}`);
    for (const [i, parameter] of flow.parameters.entries())
      out(`    ${i === 0 ? "parameters" : "          "}  ${parameter}`);
    for (const finding of flow.findings) out(`    ${findingText(finding, paint)}`);
  }
  for (const finding of findings) out(findingText(finding, paint));
  for (const note of notes) out(paint.faint(note));
}

function findingText({ severity, code, text }: Finding, paint: Shell["paint"]): string {
  return `${severityWord(severity, paint)}: ${code === undefined ? "" : `${code}: `}${text}`;
}
