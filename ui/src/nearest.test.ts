import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["etk", ["etl", "hello", "elt"], ["etl"]],
  ["my etl flov", ["hello", "my etl flow"], ["my etl flow"]],
  ["ETL", ["etl"], ["etl"]],
  ["nothing", ["etl", "hello"], []],
])("near %s of %j is %j", (text, names, expected) => {
  expect(nearest(text, names)).toEqual(expected);
});
