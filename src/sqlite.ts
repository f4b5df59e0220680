/** The door `caudal/sqlite`. */
export type { Store } from "./ports/store.ts";
export { type SqliteStoreOptions, type Retain, sqliteStore } from "./flow/sqlite-store.ts";
