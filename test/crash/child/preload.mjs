/**
 * Loaded before anything else in a process that is to die (`node --import`): it journals every call of a body and
 * every commit that returned, outside of the store, kills the process at the place it was told, shifts its clock,
 * and plants the bugs that the rig must see. The product knows nothing of it: what is wrapped here is the SQLite
 * driver's object and the `AsyncLocalStorage.run` that every attempt goes through first.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import fs, { existsSync, readdirSync, realpathSync, writeSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";

const JOURNAL = 3;
const COMMITS = 4;
const STORE_FILE = /[\\/]caudal\.db$/;

const order = JSON.parse(process.env["CRASH_ORDER"] ?? "{}");
const planted = order.plant ?? "";
let transactions = 0;
let bodies = 0;
let blobs = 0;

const now = () => process.hrtime.bigint().toString();
const line = (fd, ...words) => void writeSync(fd, `${[...words, process.pid, now()].join("\t")}\n`);

/** Ends this process as `kill -9` would, if this is the place. */
function place(what, number, when) {
  const { kill } = order;
  if (kill?.what !== what || kill.number !== number || kill.when !== when) return;
  process.kill(process.pid, "SIGKILL");
  for (;;); // nothing of ours happens any more
}

globalThis[Symbol.for("caudal crash journal")] = (...words) => line(JOURNAL, ...words);
process.on("exit", () => {
  finishEarlyCommit();
  line(COMMITS, "lived", transactions, bodies, blobs);
});

// ── blobs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A result that is a file is written beside its place, synced, and renamed into it, before the row that names it. */
const PIECE = /[\\/]blobs[\\/]tmp[\\/]/;
const pieces = new Map();
const { openSync, writeFileSync, fsyncSync, renameSync } = fs;

fs.openSync = (path, ...how) => {
  const opened = openSync(path, ...how);
  if (!PIECE.test(String(path))) return opened;
  pieces.set(opened, ++blobs);
  place("blob", blobs, "made");
  return opened;
};
fs.writeFileSync = (to, bytes, ...how) => {
  const number = pieces.get(to);
  if (number !== undefined && order.kill?.when === "half-written" && order.kill.number === number) {
    writeSync(to, bytes, 0, Math.ceil(bytes.length / 2));
    place("blob", number, "half-written");
  }
  writeFileSync(to, bytes, ...how);
  if (number !== undefined) place("blob", number, "written");
};
fs.fsyncSync = (opened) => {
  fsyncSync(opened);
  const number = pieces.get(opened);
  if (number !== undefined) place("blob", number, "synced");
  pieces.delete(opened);
};
fs.renameSync = (from, to) => {
  renameSync(from, to);
  if (PIECE.test(String(from))) place("blob", blobs, "renamed");
};
syncBuiltinESMExports();

// ── the clock ───────────────────────────────────────────────────────────────────────────────────────────────────────

const realNow = Date.now;
let shiftMs = order.clock?.shiftMs ?? 0;
let stepMs = order.clock?.stepMs ?? 0;
Date.now = () => realNow() + shiftMs;
/** Sets the clock, once: a body says when. */
globalThis[Symbol.for("caudal crash clock")] = () => {
  shiftMs += stepMs;
  if (stepMs !== 0) line(JOURNAL, "clock", stepMs);
  stepMs = 0;
};

// ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const run = AsyncLocalStorage.prototype.run;
/** Attempts whose body was called: they may be entered again, to have their listeners hear that they are to end. */
const called = new WeakSet();
AsyncLocalStorage.prototype.run = function journalled(scope, body, ...args) {
  if (scope?.order?.about === undefined || typeof scope.context !== "function" || called.has(scope))
    return run.call(this, scope, body, ...args);
  called.add(scope);
  return run.call(this, scope, () => callBody(scope, body, args));
};

function callBody(scope, body, args) {
  const { attempt, slot, about } = scope.order;
  const { taskRunId } = scope.context();
  const number = ++bodies;
  const say = (what, ...more) => line(JOURNAL, what, taskRunId, attempt, about.fence, slot, ...more);
  const ends = (how) => {
    place("body", number, "within");
    say("end", how);
    place("body", number, "after-end");
  };
  place("body", number, "before-start");
  say("start");
  try {
    const value = body(...args);
    if (typeof value?.then !== "function") {
      ends("returned");
      return value;
    }
    return value.then(
      (result) => {
        ends("returned");
        return result;
      },
      (thrown) => {
        ends("threw");
        throw thrown;
      },
    );
  } catch (thrown) {
    ends("threw");
    throw thrown;
  }
}

// ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────────

const require = createRequire(join(realpathSync("../node_modules/caudal"), "dist", "index.js"));
/** The package's own door, and the binary behind it, which a store opens by itself (src/store/sqlite-driver.ts). */
const door = require.resolve("@photostructure/sqlite");
const prebuilds = join(dirname(door), "..", "prebuilds", `${process.platform}-${process.arch}`);
const binaries = existsSync(prebuilds) ? readdirSync(prebuilds).map((name) => join(prebuilds, name)) : [];
for (const file of [door, ...binaries.filter((name) => name.includes(musl() ? ".musl." : ".glibc."))]) {
  const driver = require(file);
  const RealDatabase = driver.DatabaseSync;
  require.cache[file].exports = {
    ...driver,
    DatabaseSync: function WatchedDatabase(path, options) {
      const db = new RealDatabase(path, options);
      if (STORE_FILE.test(String(path))) watch(db);
      return db;
    },
  };
}

function musl() {
  return existsSync("/etc/alpine-release");
}

let earlyCommit;

/** The planted bug of a commit that is reported before it happened: it happens when the next thing does. */
function finishEarlyCommit() {
  const commit = earlyCommit;
  earlyCommit = undefined;
  commit?.();
}

function watch(db) {
  const prepare = db.prepare.bind(db);
  const exec = db.exec.bind(db);
  let lastCursor;
  const begin = (real) => {
    transactions++;
    place("transaction", transactions, "before-begin");
    finishEarlyCommit();
    return real();
  };
  const commit = (real) => {
    place("transaction", transactions, "before-commit");
    let result;
    if (planted === "reported-early" && transactions > 2) earlyCommit = real;
    else result = real();
    if (earlyCommit === undefined) place("transaction", transactions, "after-commit");
    lastCursor ??= prepare("SELECT coalesce(max(cursor), 0) AS last FROM history");
    line(COMMITS, "commit", Number(lastCursor.get().last));
    if (namesBlobs) renameLate();
    namesBlobs = false;
    return result;
  };
  const bounded = (sql, real) => {
    if (/^\s*BEGIN\b/i.test(sql)) return () => begin(real);
    if (/^\s*(COMMIT|END)\b/i.test(sql)) return () => commit(real);
    return undefined;
  };
  const define = (object, name, value) => Object.defineProperty(object, name, { value });
  define(db, "exec", (sql) => {
    finishEarlyCommit();
    return (bounded(sql, () => exec(sql)) ?? (() => exec(sql)))();
  });
  define(db, "prepare", (sql, ...rest) => {
    const statement = prepare(plantedSql(sql), ...rest);
    const real = statement.run.bind(statement);
    const wrapped = bounded(sql, real) ?? plantedRun(sql, real, { prepare, begin, commit });
    if (wrapped !== undefined) define(statement, "run", wrapped);
    return statement;
  });
}

// ── planted bugs ────────────────────────────────────────────────────────────────────────────────────────────────────

function plantedSql(sql) {
  if (planted === "settled-again" && sql.startsWith("SELECT json_group_array"))
    return replaced(sql, "slot > ?", "slot > max(?, 0)"); // recovery does not see what the first task came to
  return sql;
}

/** A bug that is not planted would be one the rig does not see. */
function replaced(text, from, to) {
  if (!text.includes(from)) throw new Error(`nothing to plant '${planted}' in: ${text}`);
  return text.replace(from, to);
}

/** The transaction is a run's commit; claims are transactions too, and name no blob. */
let namesBlobs = false;

function plantedRun(sql, real, { prepare, begin, commit }) {
  if (planted === "blob-late" && sql.startsWith("INSERT INTO history"))
    return (...bound) => {
      namesBlobs = true;
      return real(...bound);
    };
  if (planted === "two-transactions" && sql.startsWith("INSERT INTO history"))
    return (...bound) => {
      commit(() => prepare("COMMIT").run());
      begin(() => prepare("BEGIN IMMEDIATE").run());
      return real(...bound);
    };
  return undefined;
}

const renames = [];
const rename = fs.renameSync;

function renameLate() {
  for (const [from, to] of renames.splice(0)) if (fs.existsSync(from)) rename(from, to);
}

if (planted === "blob-late") {
  fs.renameSync = (from, to) => {
    if (/[\\/]blobs[\\/]/.test(String(to))) renames.push([from, to]);
    else rename(from, to);
  };
  syncBuiltinESMExports();
  process.on("exit", renameLate);
}
