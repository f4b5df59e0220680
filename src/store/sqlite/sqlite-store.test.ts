import { describe } from "vitest";
import { storeSuite } from "../../../test/conformance/store.ts";
import { sqlitePlaces } from "../../../test/support/store-place.ts";
import { SqliteStore } from "./sqlite-store.ts";

describe("the SQLite store", () => {
  storeSuite(sqlitePlaces((folder, options) => new SqliteStore(folder, options)));
});
