/** `caudal check FILE…`: what is in files and what is wrong with it, without running anything. */
import { buildTwice, uncalledTasks } from "../flow/check.ts";
import { pathText, placeText } from "../runtime/code-frame.ts";
import { lastWord } from "./last-word.ts";
import { loadFlows, type LoadedFile } from "./load-flows.ts";
import type { LoadedFlow } from "./loaded-flow.ts";
import { usageOf } from "./parameters.ts";
import type { ExitCode, Shell } from "./shell.ts";

interface Finding {
  readonly severity: "error" | "warning";
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

interface Report {
  readonly flows: readonly CheckedFlow[];
  /** About files as a whole. */
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

export async function checkCommand(files: readonly string[], { json }: { readonly json: boolean }, shell: Shell): Promise<ExitCode> {
  const report = await reportOf(files, shell);
  if (json) shell.out(JSON.stringify(report, undefined, 2));
  else write(report, shell);
  const errors = [...report.findings, ...report.flows.flatMap((flow) => flow.findings)].filter(({ severity }) => severity === "error");
  return errors.length > 0 ? 1 : 0;
}

async function reportOf(files: readonly string[], shell: Shell): Promise<Report> {
  const loaded = await loadFlows(files, { cwd: shell.cwd, lastWord: lastWord(shell) });
  return {
    flows: loaded.flows.map((flow) => checked(flow, shell)),
    findings: uncalledTasks().map((text) => ({ severity: "warning", text })),
    notes: loaded.files.flatMap((file) => notesOf(file, shell)),
  };
}

function checked(flow: LoadedFlow, shell: Shell): CheckedFlow {
  const { graph, schedule } = flow.program;
  const { differences } = buildTwice(flow);
  return {
    flow: flow.name,
    file: flow.file === undefined ? undefined : pathText(flow.file, shell.cwd),
    description: graph.description,
    tasks: graph.nodes.filter(({ kind }) => kind === "task").map(({ slug }) => slug),
    parameters: graph.parameters.map(usageOf),
    schedule: schedule?.describe(),
    fingerprint: flow.fingerprint,
    findings: [
      ...differences.map((difference): Finding => ({ severity: "error", code: "FLOW_NOT_DETERMINISTIC", text: `built twice, the flow differs: ${difference}` })),
      ...flow.program.warnings.map((text): Finding => ({ severity: "warning", text })),
    ],
  };
}

function notesOf({ path, stop }: LoadedFile, { cwd }: Shell): readonly string[] {
  if (stop === undefined) return [];
  const where = stop.place === undefined ? pathText(path, cwd) : placeText(stop.place, cwd);
  const left = stop.unevaluated.map((file) => pathText(file, cwd)).join(", ");
  return [
    `Loading stopped at ${where}: ${stop.call}() of flow '${stop.flow}' was not carried out, nor what stands behind it`,
    ...(left === "" ? [] : [`Not evaluated, because they import that file: ${left}. Flows they define are not listed here`]),
  ];
}

const TASKS_NAMED_MAX = 12;

function write({ flows, findings, notes }: Report, { out, paint }: Shell): void {
  for (const flow of flows) {
    const bad = flow.findings.some(({ severity }) => severity === "error");
    const about = [flow.file, `${flow.tasks.length} task${flow.tasks.length === 1 ? "" : "s"}`, ...(flow.schedule === undefined ? [] : [flow.schedule])].filter((part) => part !== undefined);
    out(`${bad ? paint.bad("✗") : paint.good("✓")} ${paint.strong(flow.flow)}  ${paint.faint(about.join(", "))}`);
    const more = flow.tasks.length > TASKS_NAMED_MAX ? `, … ${flow.tasks.length - TASKS_NAMED_MAX} more` : "";
    if (flow.tasks.length > 0) out(`    tasks       ${flow.tasks.slice(0, TASKS_NAMED_MAX).join(", ")}${more}`);
    flow.parameters.forEach((parameter, i) => out(`    ${i === 0 ? "parameters" : "          "}  ${parameter}`));
    for (const finding of flow.findings) out(`    ${findingText(finding, paint)}`);
  }
  for (const finding of findings) out(findingText(finding, paint));
  for (const note of notes) out(paint.faint(note));
}

function findingText({ severity, code, text }: Finding, paint: Shell["paint"]): string {
  const word = severity === "error" ? paint.bad("error") : paint.strong("warning");
  return `${word}: ${code === undefined ? "" : `${code}: `}${text}`;
}
