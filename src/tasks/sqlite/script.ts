/** Runs a script of statements. */
import { CaudalError } from "../../base/errors.ts";
import "../../base/task-errors.ts";
import { sqliteFailure } from "./failure.ts";
import { scanSql, type Statement } from "./scan-sql.ts";
import { inTransaction, type Session, type Target, unlocked, withSession } from "./session.ts";

/** These cannot stand inside a transaction, or make their own. */
const ON_ITS_OWN: ReadonlySet<string> = new Set([
  "BEGIN",
  "COMMIT",
  "END",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
  "VACUUM",
  "ATTACH",
  "DETACH",
  "PRAGMA",
]);

/**
 * Runs all statements in one transaction: all of them count, or none. A script that has BEGIN, COMMIT, SAVEPOINT, VACUUM,
 * ATTACH or PRAGMA in it decides for itself: its statements run one by one. Makes the file if it is not there.
 * @throws CaudalError SQLITE_CANNOT_OPEN, SQLITE_LOCKED, SQLITE_PARAMETERS, SQLITE_TABLE_MISSING, SQLITE_FAILED with the statement's number and line
 */
export async function runScript(target: Target, script: string): Promise<void> {
  const statements = scanSql(script);
  const withParameter = statements.find((statement) => statement.parameters.length > 0);
  if (withParameter !== undefined) {
    const why = `a script takes no values, but line ${withParameter.line} has ${withParameter.parameters.join(", ")}: use sqliteQuery or sqliteInsert for it`;
    throw new CaudalError("SQLITE_PARAMETERS", { why });
  }
  await withSession(target, { create: true, shareable: false }, async (session) => {
    const runAll = async () => {
      for (const [index, statement] of statements.entries()) await runOne(session, statement, index);
    };
    if (statements.some((statement) => ON_ITS_OWN.has(statement.keyword))) await runAll();
    else await inTransaction(session, runAll);
    if (session.db.isTransaction)
      throw new CaudalError("SQLITE_FAILED", {
        file: target.file,
        doing: "the script",
        why: "it began a transaction and did not COMMIT it: nothing of it was kept",
      });
  });
}

async function runOne(session: Session, statement: Statement, index: number): Promise<void> {
  session.target.signal?.throwIfAborted();
  try {
    await unlocked(session, () => session.db.exec(statement.text));
  } catch (error) {
    throw sqliteFailure(
      error,
      session.target.file,
      `statement ${index + 1} (line ${statement.line}: ${firstWords(statement.text)})`,
    );
  }
}

function firstWords(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
