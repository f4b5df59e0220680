/** What does the complaints API answer? Prints the keys, from the outside in. Run it before writing the ETL. */
import { flow, task } from "caudal";
import { http } from "caudal/tasks/http";

const url = process.env.COMPLAINTS_API ?? "http://127.0.0.1:4299/consumer-complaints/search/api/v1/";
const isSample = ["127.0.0.1", "localhost"].includes(new URL(url).hostname);

interface Answer {
  hits: { hits: { _source: object }[] };
}

const askApi = http<Answer>({ name: "ask_api", url, query: { size: 1 }, retries: 2, retryDelay: "1s", timeout: "30s" });

const look = task("look", (answer: Answer) => {
  const [first] = answer.hits.hits;
  console.log(isSample ? "source: the sample API (invented records)" : `source: the real API, ${new URL(url).host}`);
  console.log(`answer: ${Object.keys(answer).join(", ")}`);
  console.log(`answer.hits: ${Object.keys(answer.hits).join(", ")}`);
  console.log(`answer.hits.hits[0]: ${Object.keys(first ?? {}).join(", ")}`);
  console.log(`answer.hits.hits[0]._source: ${Object.keys(first?._source ?? {}).join(", ")}`);
});

export const lookAtComplaints = flow("look at the complaints", () => {
  look(askApi());
});

await lookAtComplaints.run();

// What it prints, times masked (test/examples compares it):
/*
$ npx caudal run look.ts
[<time>] INFO - caudal.FlowRunner | Beginning Flow run for 'look at the complaints'
[<time>] INFO - caudal.TaskRunner | Task 'ask_api': Starting task run...
[<time>] INFO - caudal.TaskRunner | Task 'ask_api': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.TaskRunner | Task 'look': Starting task run...
source: the sample API (invented records)
answer: took, timed_out, _shards, hits, aggregations, _meta
answer.hits: total, max_score, hits
answer.hits.hits[0]: _index, _type, _id, _score, _source, sort
answer.hits.hits[0]._source: product, complaint_what_happened, date_sent_to_company, issue, sub_product, zip_code, tags, has_narrative, complaint_id, timely, consumer_consent_provided, company_response, submitted_via, company, date_received, state, consumer_disputed, company_public_response, sub_issue
[<time>] INFO - caudal.TaskRunner | Task 'look': Finished task run for task with final state: 'Success'
[<time>] INFO - caudal.FlowRunner | Flow run SUCCESS: all reference tasks succeeded
*/
