/** Flows that browser tests run for real. They ask nobody outside. */
import { every, flow, task } from "../../src/index.ts";

export const hello = flow("my first flow!", () => {
  task("hello_world", () => console.log("Hello World"))();
});

const createTable = task("create_table", () => undefined);
const getComplaintData = task("get_complaint_data", (size: number) => Array.from({ length: size }, (_, at) => at));
const parseComplaintData = task("parse_complaint_data", (raw: readonly number[]) => raw.map(String));
const storeComplaints = task("store_complaints", (parsed: readonly string[]) => parsed.length);

export const etl = flow(
  { name: "my etl flow", schedule: every("1m"), tags: ["etl"], parameters: { size: 10 } },
  ({ size }) => {
    const table = createTable();
    const parsed = parseComplaintData(getComplaintData(size));
    return { stored: storeComplaints(parsed).setUpstream(table) };
  },
);

const read = task("read", () => [1, 2, 3]);
const double = task("double", (n: number) => n * 2);
const add = task("add", (all: readonly number[]) => all.reduce((a, b) => a + b, 0));

export const mapped = flow("mapped", () => {
  add(double.map(read()));
});
