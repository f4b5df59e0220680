/** The door `caudal/tasks/sqlite`. */
export type { Cell } from "./sqlite/cell.ts";
export type { SqliteDatabase } from "../store/sqlite-driver.ts";
export type { OnConflict } from "./sqlite/insert.ts";
export { openSqlite } from "./sqlite/open.ts";
export {
  type QueryArguments,
  type SqliteInsertOptions,
  type SqliteQueryOptions,
  type SqliteScriptOptions,
  sqliteInsert,
  sqliteQuery,
  sqliteScript,
} from "./sqlite/sqlite-tasks.ts";
