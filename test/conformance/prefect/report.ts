/**
 * Answers the workflows and schedules of a directory and says how far the answers agree with what was observed:
 *
 *   npm run conformance [-- DIRECTORY]
 *
 * Without a directory: ../shared/conformance beside this repository, else the copy of the sample in this folder.
 */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { answerAll } from "./answer.ts";
import { answer, readCases, type ScheduleCase } from "./answer-schedules.ts";
import { type Case, type Observation, readList } from "./case-format.ts";
import { ASPECTS, type Aspect, compareAll, type Compared, type Deviation, lineOf } from "./compare.ts";

interface Counts {
  agree: number;
  documented: number;
  differ: number;
}

const here = fileURLToPath(new URL(".", import.meta.url));
const SHARED = resolve(here, "../../../../shared/conformance");
const DIFFERENCES_SHOWN_PER_CASE = 3;

const none = (): Counts => ({ agree: 0, documented: 0, differ: 0 });
const shown = ({ agree, documented, differ }: Counts) => `${agree}/${documented}/${differ}`;

function count(counts: Counts, one: Compared, aspect: Aspect): void {
  const has = (list: Compared["differing"]) => list.some((difference) => difference.aspect === aspect);
  if (has(one.differing) && !one.isTagged) counts.differ++;
  else if (has(one.differing) || has(one.documented)) counts.documented++;
  else counts.agree++;
}

/** Prints the differences and the table; gives the total of cases that differ in some aspect. */
function reportWorkflows(compared: readonly Compared[]): number {
  const differing = compared.filter((one) => !one.isTagged && one.differing.length > 0);
  for (const { id, differing: differences } of differing) {
    console.log(`${id}`);
    for (const one of differences.slice(0, DIFFERENCES_SHOWN_PER_CASE)) console.log(`  ${lineOf(one)}`);
    const more = differences.length - DIFFERENCES_SHOWN_PER_CASE;
    if (more > 0) console.log(`  … and ${more} more`);
  }
  const groups = new Map<string, Compared[]>([["all", [...compared]]]);
  for (const one of compared) {
    const name = one.isTagged ? `(tagged) ${one.group}` : one.group;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  console.log(
    `\n${"group".padEnd(24)}${ASPECTS.map((aspect) => aspect.padStart(14)).join("")}   agree/documented/differ`,
  );
  for (const [group, members] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(group.padEnd(24) + ASPECTS.map((aspect) => cell(members, aspect).padStart(14)).join(""));
  return differing.length;
}

function cell(members: readonly Compared[], aspect: Aspect): string {
  const counts = none();
  for (const one of members) count(counts, one, aspect);
  return shown(counts);
}

/** Schedules without tags have to give the same dates, unless a deviation says otherwise; tags rest on a peculiarity. */
function reportSchedules(schedules: readonly ScheduleCase[], deviations: readonly Deviation[]): number {
  const counts = none();
  const isMeant = ({ id, tags = [] }: ScheduleCase) =>
    tags.length > 0 || deviations.some((row) => row.aspects.includes("dates") && new RegExp(row.match).test(id));
  for (const given of schedules) {
    const expected = (given.expected ?? []).map(({ utc }) => utc);
    const { dates, error } = answer(given);
    if (JSON.stringify(dates) === JSON.stringify(expected)) counts.agree++;
    else if (isMeant(given)) counts.documented++;
    else {
      counts.differ++;
      console.log(`${given.id}\n  [dates] ${error ?? JSON.stringify(dates)}, expected ${JSON.stringify(expected)}`);
    }
  }
  console.log(`\n${schedules.length} schedules: ${shown(counts)} agree/documented/differ`);
  return counts.differ;
}

export interface Report {
  readonly passed: number;
  readonly failed: number;
}

/** Prints what differs, and the tables. @throws Error when the directory holds nothing to answer */
export async function report(directory: string): Promise<Report> {
  const file = (name: string) => join(directory, name);
  const deviations = readList<Deviation>(join(here, "deviations.json"));
  const hasWorkflows = existsSync(file("cases.json"));
  const hasSchedules = existsSync(file("schedules.json"));
  if (!hasWorkflows && !hasSchedules) throw new Error(`${directory} holds neither cases.json nor schedules.json`);
  console.log(`Conformance: ${directory}\n`);
  let failed = 0;
  let all = 0;
  if (hasSchedules) {
    const schedules = readCases(file("schedules.json"));
    failed += reportSchedules(schedules, deviations);
    all += schedules.length;
  }
  if (hasWorkflows) {
    const cases = readList<Case>(file("cases.json"));
    const observed = readList<Observation>(file("observed.json"));
    const compared = compareAll(cases, observed, await answerAll(cases), deviations);
    failed += reportWorkflows(compared);
    all += compared.length;
  }
  console.log(`\n${all - failed} passed, ${failed} failed`);
  return { passed: all - failed, failed };
}

const [, program = "", given] = process.argv;
if (/^report(-[0-9a-f]{8})?\.\w+$/.test(basename(program))) {
  const { failed } = await report(resolve(given ?? (existsSync(join(SHARED, "cases.json")) ? SHARED : here)));
  process.exitCode = failed === 0 ? 0 : 1;
}
