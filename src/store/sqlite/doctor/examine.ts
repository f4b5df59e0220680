/** Looks at a store in use or at rest, in one moment of it, and changes nothing. */
import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { CaudalError } from "../../../base/errors.ts";
import type { Instant } from "../../../base/time.ts";
import { isFinishedType } from "../../../state/task-state.ts";
import { blobFolder } from "../../blobs.ts";
import { sqliteDriver } from "../../sqlite-driver.ts";
import { Database, isSafeSqlite, type Row, STORE_FILE } from "../database.ts";
import { KeptValues } from "../kept-values.ts";
import type { FoundRun } from "../run-rows.ts";
import { readRunning } from "../read-running.ts";
import { describeProcess, isAlive, type ProcessIdentity } from "../process.ts";
import { MIGRATIONS } from "../schema.ts";
import { checkFile } from "../store-file.ts";
import { readTaskRuns } from "../task-run-rows.ts";
import { Versions } from "../versions.ts";
import { checkRun, rowsOfRuns } from "./check-run.ts";
import type { DamagedRun, Finding, KnownProcess, Sizes, StoreReport, StuckRun } from "./report.ts";
import { whyStuck, whyUntold } from "./stuck.ts";

/** Above it somebody reads for so long that the log cannot be moved into the file. */
const LOG_BYTES_ALARM = 268_435_456;
const UNTOLD = "SELECT process.* FROM untold LEFT JOIN process USING (process_no) WHERE run_no = ?";
const ORPHAN_MS = 86_400_000;
const PROBLEMS_MAX = 20;

/** Disks of other machines, by what statfs(2) says of them: their locks and flushes cannot be relied on. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
]);

/** Tables and indexes by what a person would call them. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/task_run/, "results"],
  [/^history/, "history"],
  [/(^|_)log$|^log/, "lines"],
  [/cache/, "cache"],
  [/^run|autoindex_run/, "runs"],
  [/flow_version/, "flows"],
];

export interface ExamineOptions {
  readonly now: Instant;
  readonly isAlive?: typeof isAlive | undefined;
  /** The type of the file system, as statfs(2) gives it. Default: asked for. */
  readonly diskType?: number | undefined;
}

/** Undefined: there is no store in this folder. */
export function examine(folder: string, options: ExamineOptions): StoreReport | undefined {
  const file = join(folder, STORE_FILE);
  const sqlite = sqliteAbout();
  try {
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return undefined;
    if (checkFile(folder, file, MIGRATIONS.length) !== false) return undefined;
    const db = Database.openToRead(folder);
    try {
      db.exec("BEGIN"); // one moment of it, whatever others write meanwhile
      return new Examination(folder, db, options).report(sqlite);
    } finally {
      db.close();
    }
  } catch (error) {
    const findings = [complaint(error)];
    const nothing = {
      version: undefined,
      whole: false,
      runs: {},
      sizes: undefined,
      processes: [],
      stuck: [],
      damaged: [],
    };
    return { file, sqlite, ...nothing, findings };
  }
}

export function sqliteAbout(): { readonly version: string; readonly walResetSafe: boolean } {
  const { DatabaseSync } = sqliteDriver();
  const db = new DatabaseSync(":memory:", {});
  const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { readonly version: string };
  db.close();
  return { version, walResetSafe: isSafeSqlite(version) };
}

function complaint(error: unknown): Finding {
  if (!(error instanceof CaudalError)) throw error;
  return { severity: "error", text: `${error.code}: ${error.message}` };
}

class Examination {
  readonly #folder: string;
  readonly #db: Database;
  readonly #values: KeptValues;
  readonly #now: Instant;
  readonly #lives: typeof isAlive;
  readonly #diskType: number;
  readonly #findings: Finding[] = [];
  readonly #damaged: DamagedRun[] = [];
  readonly #stuck: StuckRun[] = [];
  readonly #runs: Record<string, number> = {};

  constructor(folder: string, db: Database, { now, isAlive: lives = isAlive, diskType }: ExamineOptions) {
    this.#folder = folder;
    this.#db = db;
    this.#values = new KeptValues(folder);
    this.#now = now;
    this.#lives = lives;
    this.#diskType = diskType ?? statfsSync(folder).type;
  }

  report(sqlite: StoreReport["sqlite"]): StoreReport {
    const version = this.#number("PRAGMA user_version");
    if (!sqlite.walResetSafe)
      this.#find(
        "error",
        `SQLite ${sqlite.version} may lose committed data`,
        "install the dependencies of caudal again",
      );
    const network = NETWORK.get(this.#diskType);
    if (network !== undefined) {
      const fix = "move it to a disk of this machine (CAUDAL_STORE)";
      this.#find("warning", `the store is on a disk of another machine (${network}), whose locks may fail`, fix);
    }
    const pages = this.#pages();
    if (version < MIGRATIONS.length) {
      this.#find("note", `its tables are of version ${version}; the next run makes them version ${MIGRATIONS.length}`);
      return this.#reportOf(version, sqlite, pages, undefined, []);
    }
    this.#quietly("runs", () => this.#checkRuns());
    const sizes = this.#quietly("sizes", () => this.#sizes());
    const processes = this.#quietly("processes", () => this.#processes()) ?? [];
    return this.#reportOf(version, sqlite, pages, sizes, processes);
  }

  #reportOf(
    version: number,
    sqlite: StoreReport["sqlite"],
    pages: boolean,
    sizes: Sizes | undefined,
    processes: readonly KnownProcess[],
  ): StoreReport {
    const whole = pages && this.#damaged.length === 0 && !this.#findings.some(({ severity }) => severity === "error");
    if (!whole) {
      const fix = "stop what uses it, then: npx caudal doctor --recover FOLDER makes a store of what can be read";
      this.#find("error", "the store is damaged; it is left as it is", fix);
    }
    const found = { runs: this.#runs, sizes, processes, stuck: this.#stuck, damaged: this.#damaged };
    return { file: this.#db.file, version, sqlite, whole, ...found, findings: this.#findings };
  }

  #find(severity: Finding["severity"], text: string, fix?: string): void {
    this.#findings.push({ severity, text, ...(fix !== undefined && { fix }) });
  }

  #number(sql: string): number {
    return Number(Object.values(this.#db.read(() => this.#db.get(sql)) ?? {})[0]);
  }

  /** What cannot be read of one thing is a finding, and no reason to say nothing of the rest. */
  #quietly<T>(what: string, look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      const { text } = complaint(error);
      this.#find("error", `the ${what} cannot be read: ${text}`);
      return undefined;
    }
  }

  #pages(): boolean {
    const found = this.#quietly("pages", () =>
      this.#db
        .read(() => this.#db.all(`PRAGMA integrity_check(${PROBLEMS_MAX})`))
        .map((row) => String(Object.values(row)[0])),
    );
    if (found === undefined) return false;
    if (found.length === 1 && found[0] === "ok") return true;
    for (const problem of found) this.#find("error", `SQLite: ${problem}`);
    return false;
  }

  #checkRuns(): void {
    for (const row of rowsOfRuns(this.#db)) {
      if ("error" in row && row.error !== undefined) {
        this.#damaged.push({ run: `number ${String(row.runNo)}`, why: complaint(row.error).text });
        continue;
      }
      const run = String((row as Record<string, unknown>)["run_id"]);
      try {
        this.#checkOne(row as Record<string, unknown>);
      } catch (error) {
        this.#damaged.push({ run, why: complaint(error).text });
      }
    }
  }

  #checkOne(row: Record<string, unknown>): void {
    const { found, lostResults } = checkRun(this.#db, this.#values, row);
    const { id, state, flow, fingerprint } = found.row;
    this.#runs[state.type] = (this.#runs[state.type] ?? 0) + 1;
    for (const why of lostResults) this.#damaged.push({ run: id, why });
    if (this.#isUntold(found)) this.#stuck.push(whyUntold(found.row));
    if (isFinishedType(state.type) || lostResults.length > 0) return;
    const { running } = readRunning(this.#db, found);
    const stuck = whyStuck({
      found,
      ownerLives: found.processNo !== undefined && found.process !== undefined && this.#isAlive(found.process),
      taskRuns: readTaskRuns(this.#db, this.#values, found, running),
      version: new Versions(this.#db).read(flow, fingerprint),
      now: this.#now,
    });
    if (stuck !== undefined) this.#stuck.push(stuck);
  }

  #isUntold({ runNo }: FoundRun): boolean {
    const [row] = this.#db.read(() => this.#db.all(UNTOLD, runNo));
    return row !== undefined && (row["pid"] === null || !this.#isAlive(identityOf(row)));
  }

  #isAlive(process: ProcessIdentity & { readonly leaseUntil: number }): boolean {
    return this.#lives(process, process.leaseUntil, this.#now);
  }

  #sizes(): Sizes {
    const kinds: Record<string, number> = {};
    const pages = this.#db.read(() => this.#db.all("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE"));
    for (const { name, pgsize } of pages) {
      const kind = KINDS.find(([pattern]) => pattern.test(String(name)))?.[1] ?? "other";
      kinds[kind] = (kinds[kind] ?? 0) + Number(pgsize);
    }
    const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const log = sizeOf(`${this.#db.file}-wal`);
    if (log > LOG_BYTES_ALARM) {
      const fix = "end the process that has been reading for long; what was moved into the file is then cut off";
      this.#find("warning", `the log beside the store has ${Math.round(log / 1_048_576)} MiB`, fix);
    }
    const free = this.#number("PRAGMA freelist_count") * this.#number("PRAGMA page_size");
    return { file: sizeOf(this.#db.file), log, free, kinds, ...this.#blobs() };
  }

  #blobs(): Pick<Sizes, "blobs" | "orphans"> {
    const named = namedBlobs(this.#db);
    const blobs = { files: 0, bytes: 0 };
    const orphans = { files: 0, bytes: 0 };
    for (const { address, fileBytes, putAt } of blobFolder(join(this.#folder, "blobs")).list()) {
      blobs.files++;
      blobs.bytes += fileBytes;
      if (named.has(address) || putAt > this.#now - ORPHAN_MS) continue;
      orphans.files++;
      orphans.bytes += fileBytes;
    }
    if (orphans.files > 0)
      this.#find(
        "note",
        `${orphans.files} files of large results are named by no row; they are taken away after a run`,
      );
    return { blobs, orphans };
  }

  #processes(): readonly KnownProcess[] {
    const { get, all } = { get: this.#db.get.bind(this.#db), all: this.#db.all.bind(this.#db) };
    const keeper = get("SELECT process_no FROM lease WHERE name = 'keeper'")?.["process_no"];
    const known = all("SELECT * FROM process ORDER BY process_no").map((row) => {
      const identity = identityOf(row);
      const number = Number(row["process_no"]);
      const held = all("SELECT name, held FROM place WHERE process_no = ? AND held > 0", number);
      return {
        process: describeProcess(identity),
        alive: this.#isAlive(identity),
        keeper: keeper === row["process_no"],
        leaseUntil: identity.leaseUntil,
        runs: Number(get("SELECT count(*) AS n FROM run WHERE process_no = ?", number)?.["n"]),
        places: Object.fromEntries(held.map(({ name, held: count }) => [String(name), Number(count)])),
        claims: Number(get("SELECT count(*) AS n FROM cache_claim WHERE process_no = ?", number)?.["n"]),
      };
    });
    for (const { process, alive, claims, places } of known) {
      const held = Object.keys(places).length + claims;
      if (!alive && held > 0)
        this.#find("note", `${process} is gone and had claims; they end when somebody asks for them`);
    }
    return known.map(({ claims: _, ...process }) => process);
  }
}

function identityOf(row: Row): ProcessIdentity & { readonly leaseUntil: number } {
  return {
    ...{ host: String(row["host"]), boot: String(row["boot"]), pid: Number(row["pid"]) },
    ...{ started: String(row["started"]), leaseUntil: Number(row["lease_until"]) },
  };
}

/** Addresses of large results that some row names. */
export function namedBlobs(db: Database): ReadonlySet<string> {
  const named = [
    "SELECT value FROM task_run WHERE value_kind = 2",
    "SELECT state_value AS value FROM run WHERE state_kind = 2",
    "SELECT value FROM cache WHERE value_kind = 2",
    "SELECT value FROM once WHERE value_kind = 2",
  ];
  return new Set(named.flatMap((sql) => db.read(() => db.all(sql)).map(({ value }) => String(value))));
}
