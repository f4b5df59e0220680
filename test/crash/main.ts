/**
 * `npm run crash -- [C1|C2|C3|C4|C7|all] [--kills N] [--seed N] [--only TEXT] [--planted]`: real processes that are
 * killed, and what must hold of what they leave. Exits with 1 where something did not.
 */
import { parseArgs } from "node:util";
import { buildPackage } from "../examples/workspace.ts";
import { CLASSES, type Kind, runMatrix } from "./matrix.ts";
import { PLANTED, plant } from "./planted.ts";
import { summary, Table } from "./table.ts";

const KINDS = Object.keys(CLASSES) as Kind[];

function refuse(why: string): never {
  console.error(`crash: ${why}`);
  process.exit(2);
}

/** True: the rig saw every one of them. */
async function reportPlanted(): Promise<boolean> {
  let seen = 0;
  for (const planted of PLANTED) {
    const { after, said } = await plant(planted, Number(values.seed));
    if (after !== undefined) seen++;
    const verdict = after === undefined ? "NOT SEEN" : `seen after ${after} ${after === 1 ? "try" : "tries"}`;
    console.log(`${planted.name.padEnd(6)}${planted.what.padEnd(50)}${verdict.padEnd(22)}${said.slice(0, 140)}`);
  }
  console.log(`\nplanted=${PLANTED.length} seen=${seen}`);
  return seen === PLANTED.length;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
    planted: { type: "boolean" },
  },
});
const wanted = positionals.length === 0 ? ["all"] : positionals;
const unknown = wanted.filter((name) => name !== "all" && name !== "C7" && !KINDS.includes(name as Kind));
if (unknown.length > 0) refuse(`no class is called ${unknown.join(", ")}; there are ${KINDS.join(", ")}, C7, all`);
const isWanted = (name: string) => wanted.includes("all") || wanted.includes(name);

await buildPackage();
if (values.planted) {
  process.exitCode = (await reportPlanted()) ? 0 : 1;
  process.exit();
}
const table = new Table();
await runMatrix(
  {
    kinds: KINDS.filter(isWanted),
    random: isWanted("C7"),
    points: values.kills === undefined ? undefined : Number(values.kills),
    seed: Number(values.seed),
    only: values.only,
    atOnce: Number(values.jobs),
  },
  table,
  (line) => console.log(line),
);
for (const violation of table.violations) console.log(`VIOLATION ${violation}`);
console.log(`\n${table.text()}\n\n${summary(table)}`);
process.exitCode = table.violations.length === 0 ? 0 : 1;
