import { context, every, flow, isFailed, isSuccess, task, type StateHandler } from "caudal";
import { sqliteInsert, sqliteScript } from "caudal/tasks/sqlite";

const api = process.env.COMPLAINTS_API ?? "http://127.0.0.1:4299/consumer-complaints/search/api/v1/";
const db = "cfpbcomplaints.db";

interface Complaint {
  complaint_id: string;
  timestamp: string;
  state: string;
  product: string;
  company: string;
  complaint_what_happened: string;
}
interface Hit { _source: Omit<Complaint, "timestamp"> & { date_received: string } }
interface Answer { hits: { hits: Hit[] } }

const alertFailed: StateHandler = (subject, _from, to) => {
  if (isFailed(to)) console.log(`Failed! ${subject.name}: ${to.error.message}`);
};

const createTable = sqliteScript({
  db,
  script: `CREATE TABLE IF NOT EXISTS complaint (complaint_id TEXT PRIMARY KEY, timestamp TEXT,
    state TEXT, product TEXT, company TEXT, complaint_what_happened TEXT)`,
});

const getComplaintData = task(
  { name: "get_complaint_data", cacheFor: "1d", retries: 3, retryDelay: "2s", timeout: "30s" },
  async (size: number) => {
    const response = await fetch(`${api}?size=${size}`, { signal: context().signal });
    if (!response.ok) throw new Error(`the API answered ${response.status}`);
    console.log("I actually requested this time!");
    const answer = (await response.json()) as Answer;
    return answer.hits.hits;
  },
);

const parseComplaintData = task("parse_complaint_data", (raw: Hit[]): Complaint[] =>
  raw.map(({ _source: { complaint_id, date_received, state, product, company, complaint_what_happened } }) =>
    ({ complaint_id, timestamp: date_received, state, product, company, complaint_what_happened })),
);

const storeComplaints = sqliteInsert<Complaint>({
  name: "store_complaints", args: ["parsed"], db, into: "complaint", onConflict: "replace", // loading twice is harmless
});

export const etl = flow(
  { name: "my etl flow", schedule: every("1m"), parameters: { size: 10 },
    stateHandlers: [alertFailed], taskStateHandlers: [alertFailed] }, // the flow's states, and every task's
  ({ size }) => {
    const table = createTable();
    const raw = getComplaintData(size);
    const parsed = parseComplaintData(raw);
    return { stored: storeComplaints(parsed).setUpstream(table) }; // table first, then store
  },
);

await etl.visualize({ file: "etl.pdf" }); // the graph; nothing has run yet
const run = await etl.run({ parameters: { size: 25 } }); // once, now
if (isSuccess(run)) console.log(run.result.stored, "rows stored");
await etl.runOnSchedule({ parameters: { size: 25 } }); // then every full minute, until Ctrl-C
