/**
 * A process of its own that loads files before a server does: `node rehearse.js FOLDER FILE…`. What came of each is
 * written to file descriptor 3 as a line of JSON, at once, since a file may end the process or never let it end.
 */
import "../base/server-errors.ts";
import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { complaintOf, type Verdict } from "./load/complaint.ts";
import { loadFailure } from "./load/load-failure.ts";
import { loadEach } from "./load/load-flows.ts";

const VERDICT_FD = 3;

const [cwd = process.cwd(), ...files] = process.argv.slice(2);
let file = "";
let told = false;
let stray = false;

function tell(verdict: Verdict): void {
  if (told) return;
  told = true;
  writeSync(VERDICT_FD, `${JSON.stringify(verdict)}\n`);
}

function refuse(thrown: unknown): void {
  tell({ complaint: complaintOf(thrown), stray });
}

/** A promise that the file left behind, rejected while or right after it was loaded, is told a turn later. */
const aTurn = () => new Promise((turned) => setImmediate(turned));

process.on("uncaughtException", (thrown) => {
  stray = true;
  const theirs = process.listenerCount("uncaughtException") > 1; // the file has an answer of its own
  if (!theirs) refuse(loadFailure(thrown, resolve(cwd, file), cwd));
});
await loadEach(files, { cwd, lastWord: refuse }, async (next, load) => {
  file = next;
  [told, stray] = [false, false];
  try {
    await load();
    await aTurn();
    await aTurn();
    tell({});
  } catch (thrown) {
    refuse(thrown);
  }
});
process.kill(process.pid, "SIGKILL"); // nothing of the files is to have another word
