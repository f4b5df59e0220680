/**
 * The tables of a store, and how older ones become today's. Migrations are numbered and only go forward; a file that
 * is newer than this program is refused and not touched.
 *
 * A finished task run has one row. One that runs has none: which ones do is in the last row of its run's history, so
 * that a start costs no row. History is one row per commit of a run, its transitions packed, with a hash of the row
 * before. A row with a value has a sum over its columns, against bytes that change on the disk.
 *
 * Listeners are told from the history: a run that has ended before they were told of all of it stands in `untold`, with
 * the process that is to tell them.
 *
 * The last tables and indices of the first version are for those who look (`queries/`): pages of runs by state, flow, tag and time. Few runs
 * have tags, and the trigger costs the others nothing.
 */

/** "Caud" in the file's header: a file with another mark is somebody else's. */
export const APPLICATION_ID = 0x43617564;

const FIRST = `
CREATE TABLE store (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE process (
  process_no INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  boot TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started TEXT NOT NULL,
  opened_at REAL NOT NULL,
  lease_until REAL NOT NULL
) STRICT;

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  process_no INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE flow_version (
  version_no INTEGER PRIMARY KEY,
  flow TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  nodes INTEGER NOT NULL,
  about BLOB NOT NULL,
  UNIQUE (flow, fingerprint)
) STRICT;

CREATE TABLE run (
  run_no INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  flow TEXT NOT NULL,
  version_no INTEGER NOT NULL REFERENCES flow_version,
  file TEXT,
  origin TEXT NOT NULL,
  parameters TEXT NOT NULL,
  tags TEXT NOT NULL,
  idempotency_key TEXT,
  scheduled_at REAL,
  created_at REAL NOT NULL,
  state TEXT NOT NULL,
  state_kind INTEGER NOT NULL,
  state_value TEXT,
  epoch INTEGER NOT NULL,
  process_no INTEGER,
  owned_at REAL NOT NULL,
  started_at REAL,
  ended_at REAL,
  changed_at REAL NOT NULL,
  active_ms REAL NOT NULL,
  first_cursor INTEGER NOT NULL,
  last_cursor INTEGER NOT NULL,
  log_lines INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  state_sum INTEGER NOT NULL,
  CHECK (epoch >= 1),
  CHECK (ended_at IS NULL OR process_no IS NULL)
) STRICT;
CREATE UNIQUE INDEX run_by_key ON run (flow, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX run_by_flow ON run (flow, run_no);
CREATE INDEX run_ended ON run (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX run_blob ON run (state_value) WHERE state_kind = 2;
CREATE INDEX run_unfinished ON run (run_no) WHERE ended_at IS NULL;

CREATE TABLE task_run (
  run_no INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  started_at REAL,
  ended_at REAL,
  value_kind INTEGER NOT NULL,
  value TEXT,
  more TEXT,
  sum INTEGER NOT NULL,
  PRIMARY KEY (run_no, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX task_run_blob ON task_run (value) WHERE value_kind = 2;

CREATE TABLE history (
  cursor INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  at REAL NOT NULL,
  path BLOB NOT NULL,
  running BLOB,
  hash TEXT NOT NULL
) STRICT;

CREATE TABLE log (
  run_no INTEGER NOT NULL,
  line INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at REAL NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run_no, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE once (
  run_no INTEGER NOT NULL,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  value_kind INTEGER NOT NULL,
  value TEXT,
  sum INTEGER NOT NULL,
  PRIMARY KEY (run_no, scope, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX once_blob ON once (value) WHERE value_kind = 2;

CREATE TABLE cache (
  key TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  version TEXT NOT NULL,
  value_kind INTEGER NOT NULL,
  value TEXT,
  run_id TEXT NOT NULL,
  stored_at REAL NOT NULL,
  expires_at REAL,
  sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cache_by_scope ON cache (scope, stored_at);
CREATE INDEX cache_blob ON cache (value) WHERE value_kind = 2;
CREATE INDEX cache_expired ON cache (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE pruning (
  run_no INTEGER PRIMARY KEY,
  first_cursor INTEGER NOT NULL,
  last_cursor INTEGER NOT NULL
) STRICT;

CREATE TABLE cache_claim (
  key TEXT PRIMARY KEY,
  run_no INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  process_no INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE place (
  name TEXT NOT NULL,
  process_no INTEGER NOT NULL,
  held INTEGER NOT NULL,
  waiting_since REAL,
  asked_at REAL,
  PRIMARY KEY (name, process_no),
  CHECK (held >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE tick (
  schedule TEXT NOT NULL,
  clock INTEGER NOT NULL,
  at REAL NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (schedule, clock, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
  request_no INTEGER PRIMARY KEY AUTOINCREMENT,
  run_no INTEGER NOT NULL,
  ask TEXT NOT NULL,
  by TEXT NOT NULL,
  at REAL NOT NULL,
  answered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX request_open ON request (run_no) WHERE answered = 0;

CREATE INDEX run_by_state ON run (state, run_no);
CREATE INDEX run_by_flow_state ON run (flow, state, run_no);
CREATE INDEX run_by_created ON run (created_at);
CREATE INDEX run_by_name ON run (name);
CREATE INDEX run_by_version ON run (version_no);

CREATE TABLE run_tag (tag TEXT NOT NULL, run_no INTEGER NOT NULL, PRIMARY KEY (tag, run_no)) STRICT, WITHOUT ROWID;
CREATE TRIGGER run_tagged AFTER INSERT ON run WHEN NEW.tags <> '[]' BEGIN
INSERT OR IGNORE INTO run_tag SELECT value, NEW.run_no FROM json_each(NEW.tags);
END;
CREATE TRIGGER run_gone AFTER DELETE ON run WHEN OLD.tags <> '[]' BEGIN
DELETE FROM run_tag WHERE run_no = OLD.run_no AND tag IN (SELECT value FROM json_each(OLD.tags));
END;

CREATE TABLE schedule (
schedule TEXT PRIMARY KEY, flow TEXT NOT NULL, is_on INTEGER NOT NULL DEFAULT 1,
changed_by TEXT, changed_at REAL, watched_until REAL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
audit_no INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL,
run_id TEXT, flow TEXT, task TEXT, why TEXT, origin TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_run ON audit (run_id) WHERE run_id IS NOT NULL;
`;

/** Since then `last_cursor` of an open run may be behind, and lines are counted where they are: a commit leaves the row alone. */
const SECOND = "ALTER TABLE run DROP COLUMN log_lines";

/** Rows of before know neither; a NULL at the end of a row takes a byte. */
const TOLD = `
ALTER TABLE history ADD COLUMN flow TEXT;
ALTER TABLE history ADD COLUMN untold_after INTEGER;
CREATE TABLE untold (run_no INTEGER PRIMARY KEY, process_no INTEGER) STRICT;
`;

/** Number n makes version n of version n − 1. */
export const MIGRATIONS: readonly string[] = [FIRST, SECOND, TOLD];
