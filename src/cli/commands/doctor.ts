/** `caudal doctor`: which store this folder's runs are kept in, how it is, what is stuck; a copy of it, or of what can be read; and a copy in its place. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { CaudalError } from "../../base/errors.ts";
import { STORE_FOLDER, storeFolderOf } from "../../runtime/kept/default-store.ts";
import { setValue } from "../../runtime/environment.ts";
import { STORE_FILE } from "../../store/sqlite/database.ts";
import { backUp } from "../../store/sqlite/doctor/copy-store.ts";
import { examine, sqliteAbout } from "../../store/sqlite/doctor/examine.ts";
import type { Finding, StoreReport } from "../../store/sqlite/doctor/report.ts";
import { restore } from "../../store/sqlite/doctor/restore.ts";
import { salvage } from "../../store/sqlite/doctor/salvage.ts";
import { pathText } from "../../runtime/report/code-frame.ts";
import { severityWord } from "./severity-word.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface DoctorOptions {
  readonly json?: boolean | undefined;
  readonly backup?: string | undefined;
  readonly restore?: string | undefined;
  readonly recover?: string | undefined;
}

interface Place {
  readonly folder: string;
  readonly because: string;
}

/** Exits with 1 where something is damaged or lost. */
export async function doctorCommand(options: DoctorOptions, shell: Shell): Promise<ExitCode> {
  const { backup, restore: from, recover } = options;
  if ([backup, from, recover].filter((folder) => folder !== undefined).length > 1)
    throw new CaudalError("COMMAND_LINE", { why: "--backup, --restore and --recover: say one of them" });
  const place = placeOf(shell.cwd);
  if ((backup ?? recover) !== undefined && !existsSync(join(place.folder, STORE_FILE)))
    throw new CaudalError("STORE_NONE", { folder: place.folder, why: "no run was kept there yet" });
  if (backup !== undefined) return backUpCommand(place, resolve(shell.cwd, backup), options, shell);
  if (recover !== undefined) return recoverCommand(place, resolve(shell.cwd, recover), options, shell);
  if (from !== undefined) return restoreCommand(place, resolve(shell.cwd, from), options, shell);
  const report = examine(place.folder, { now: Date.now() });
  if (options.json)
    shell.out(
      JSON.stringify({ ...place, store: report ?? null, sqlite: report?.sqlite ?? sqliteAbout() }, undefined, 2),
    );
  else if (report === undefined) writeNone(place, shell);
  else write(report, place, shell);
  return report === undefined || report.whole ? 0 : 1;
}

function placeOf(cwd: string): Place {
  const named = setValue("CAUDAL_STORE");
  const folder = storeFolderOf(join(cwd, "flow.ts"));
  if (named !== undefined && named !== "memory") return { folder, because: `CAUDAL_STORE is ${named}` };
  const beside = `flows in this folder are kept in ${STORE_FOLDER} beside the nearest package.json, or here without one`;
  return { folder, because: named === "memory" ? `${beside}; but CAUDAL_STORE=memory keeps nothing now` : beside };
}

function writeNone({ folder, because }: Place, { out, paint }: Shell): void {
  const { version, walResetSafe } = sqliteAbout();
  out(`${paint.strong("Store")}      ${folder}: there is none yet`);
  out(`           ${paint.faint(because)}`);
  out(`${paint.strong("SQLite")}     ${version}${walResetSafe ? "" : ", not safe"}`);
}

function write(report: StoreReport, { because }: Place, shell: Shell): void {
  const { out, paint } = shell;
  const head = (word: string, text: string) => out(`${paint.strong(word.padEnd(10))} ${text}`);
  head("Store", report.file);
  out(`           ${paint.faint(because)}`);
  const { version, walResetSafe } = report.sqlite;
  head(
    "SQLite",
    `${version}${walResetSafe ? "" : ", not safe"}${report.version === undefined ? "" : `; tables of version ${report.version}`}`,
  );
  head(
    "State",
    report.whole ? paint.good("✓ whole: pages, rows, histories and results agree") : paint.bad("✗ damaged"),
  );
  const runs = Object.entries(report.runs).map(([state, count]) => `${count} ${state}`);
  head("Runs", runs.length === 0 ? "none" : runs.join(", "));
  writeSizes(report, head);
  writeProcesses(report, head, shell);
  for (const { run, flow, state, why, fix } of report.stuck) {
    out("");
    out(`${paint.strong(`Run ${run}`)} of '${flow}' is ${state}: ${why}`);
    out(`    ${fix}`);
  }
  for (const { run, why } of report.damaged) out(`${paint.bad("damaged")}: run ${run}: ${why}`);
  for (const finding of report.findings) out(findingText(finding, shell));
}

function writeSizes({ sizes }: StoreReport, head: (word: string, text: string) => void): void {
  if (sizes === undefined) return;
  const kinds = Object.entries(sizes.kinds).sort(([, a], [, b]) => b - a);
  head("Size", `${bytesText(sizes.file)}: ${kinds.map(([kind, bytes]) => `${kind} ${bytesText(bytes)}`).join(", ")}`);
  const { blobs, orphans } = sizes;
  const unnamed = orphans.files === 0 ? "" : `, ${orphans.files} of them unnamed (${bytesText(orphans.bytes)})`;
  head(
    "",
    `log ${bytesText(sizes.log)}, free ${bytesText(sizes.free)}, large results ${blobs.files} files (${bytesText(blobs.bytes)})${unnamed}`,
  );
}

function writeProcesses(
  { processes }: StoreReport,
  head: (word: string, text: string) => void,
  { paint }: Shell,
): void {
  // Of those that are gone, only who left something behind.
  const shown = processes.filter(({ alive, runs, places }) => alive || runs > 0 || Object.keys(places).length > 0);
  shown.forEach(({ process, alive, keeper, runs, places }, i) => {
    const held = Object.entries(places).map(([name, count]) => `${count} of ${name}`);
    const keeps = alive && keeper ? ["keeps house"] : [];
    const parts = [alive ? "alive" : paint.bad("gone"), ...keeps, counted(runs, "run"), ...held];
    head(i === 0 ? "Processes" : "", `${process}: ${parts.join(", ")}`);
  });
}

function findingText({ severity, text, fix }: Finding, { paint }: Shell): string {
  return `${severityWord(severity, paint)}: ${text}${fix === undefined ? "" : `\n    ${fix}`}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function backUpCommand(
  { folder }: Place,
  target: string,
  { json }: DoctorOptions,
  { out, cwd, paint }: Shell,
): ExitCode {
  const copied = backUp(folder, target);
  const report = examine(target, { now: Date.now() });
  const runs = Object.values(report?.runs ?? {}).reduce((sum, count) => sum + count, 0);
  if (json) out(JSON.stringify({ backup: target, runs, ...copied, whole: report?.whole ?? false }, undefined, 2));
  else {
    out(
      `${report?.whole ? paint.good("✓") : paint.bad("✗")} ${pathText(target, cwd)}: ${counted(runs, "run")}, ${counted(copied.blobs, "large result")}`,
    );
    for (const address of copied.missing)
      out(`${paint.bad("missing")}: large result ${address} was not in the store either`);
    out(`To go back to it: npx caudal doctor --restore ${pathText(target, cwd)}`);
  }
  return report?.whole ? 0 : 1;
}

function restoreCommand({ folder }: Place, backup: string, { json }: DoctorOptions, shell: Shell): ExitCode {
  const { out, cwd, paint } = shell;
  if (backup === folder) throw new CaudalError("COMMAND_LINE", { why: `${pathText(backup, cwd)} is the store itself` });
  const { runs, replaced, blobs, missing } = restore(backup, folder, { now: Date.now() });
  const count = Object.values(runs).reduce((sum, of) => sum + of, 0);
  if (json) out(JSON.stringify({ store: folder, runs: count, blobs, missing, replaced }, undefined, 2));
  else {
    out(`${paint.good("✓")} ${pathText(folder, cwd)}: ${counted(count, "run")} of ${pathText(backup, cwd)}`);
    if (replaced !== undefined)
      out(`What was there is in ${pathText(replaced, cwd)}: delete it when nothing of it is missed`);
  }
  return 0;
}

function recoverCommand(
  { folder }: Place,
  target: string,
  { json }: DoctorOptions,
  { out, cwd, paint }: Shell,
): ExitCode {
  const { recovered, lost, incomplete } = salvage(folder, target);
  if (json) out(JSON.stringify({ store: target, recovered, lost, incomplete }, undefined, 2));
  else {
    out(`${pathText(target, cwd)}: ${counted(recovered.length, "run")} recovered, ${lost.length} lost`);
    for (const { run, why } of lost) out(`${paint.bad("lost")}: run ${run}: ${why}`);
    for (const { run, why } of incomplete) out(`${paint.strong("incomplete")}: run ${run}: ${why}`);
    out(`The damaged store is as it was. To use the new one: npx caudal doctor --restore ${pathText(target, cwd)}`);
  }
  return lost.length === 0 ? 0 : 1;
}
