/**
 * Answers workflows written in the neutral form, through the public API:
 *
 *   npx tsx test/conformance/prefect/answer.ts CASES_FILE > ACTUAL_FILE
 *
 * Knows no case: each is built as a flow and run, and what became of it is printed in the form of observations.
 */
import { basename } from "node:path";
import { type Case, type Observation, readList } from "./case-format.ts";
import { observe } from "./observe.ts";

/** One after another: what one case keeps in the process must not meet the next. */
export async function answerAll(cases: readonly Case[]): Promise<readonly Observation[]> {
  const answers: Observation[] = [];
  for (const given of cases) answers.push(await observe(given));
  return answers;
}

/** By name, because what runs TypeScript may put the program elsewhere first; a test that imports this file is another one. */
const [, program = "", file] = process.argv;
if (/^answer(-[0-9a-f]{8})?\.\w+$/.test(basename(program))) {
  if (file === undefined) throw new Error("usage: answer.ts CASES_FILE");
  const cases = await answerAll(readList<Case>(file));
  console.log(JSON.stringify({ cases }, null, 1));
}
