/** Searches the invented complaints and answers in the shape of the public consumer complaint API. */
import { complaints } from "./complaints-data.mjs";

const SIZE_DEFAULT = 10;
const SIZE_MAX = 10_000;
const FILTERS = [
  "state",
  "product",
  "company",
  "issue",
  "sub_product",
  "submitted_via",
  "tags",
  "timely",
  "company_response",
];

const ALL = complaints();

/**
 * Reads `size`, `frm`, `sort`, `search_term`, `has_narrative`, `date_received_min`, `date_received_max`,
 * `no_aggs` and the fields in FILTERS (repeat one to allow several values); ignores what it does not know.
 * @returns `{ status, body }`: 200 with an answer, or 400 with complaints by parameter.
 */
export function search(query) {
  const wrong = {};
  const whole = (name, ifMissing, max) => {
    const text = query.get(name);
    if (text === null) return ifMissing;
    if (/^\d{1,9}$/.test(text) && Number(text) <= max) return Number(text);
    wrong[name] = [`A whole number from 0 to ${max} is required.`];
    return ifMissing;
  };
  const size = whole("size", SIZE_DEFAULT, SIZE_MAX);
  const from = whole("frm", 0, 999_999_999);
  if (Object.keys(wrong).length > 0) return { status: 400, body: wrong };

  const found = ALL.filter((record) => matches(record, query));
  if (query.get("sort") === "created_date_asc") found.reverse();
  const answer = {
    took: 3,
    timed_out: false,
    _shards: { total: 5, successful: 5, skipped: 0, failed: 0 },
    hits: {
      total: { value: found.length, relation: "eq" },
      max_score: null,
      hits: found.slice(from, from + size).map(hit),
    },
  };
  if (query.get("no_aggs") !== "true") answer.aggregations = aggregations(found);
  return { status: 200, body: { ...answer, _meta: meta() } };
}

function matches(record, query) {
  for (const field of FILTERS) {
    const wanted = query.getAll(field);
    if (wanted.length > 0 && !wanted.includes(record[field])) return false;
  }
  const narrative = query.get("has_narrative");
  if (narrative !== null && String(record.has_narrative) !== narrative) return false;
  const term = query.get("search_term");
  if (term !== null && !record.complaint_what_happened.toLowerCase().includes(term.toLowerCase())) return false;
  const day = record.date_received.slice(0, 10);
  return day >= (query.get("date_received_min") ?? "") && day <= (query.get("date_received_max") ?? "9999");
}

function hit(record) {
  return {
    _index: "complaint-public-v2",
    _type: "_doc",
    _id: record.complaint_id,
    _score: 0,
    _source: record,
    sort: [0, record.complaint_id],
  };
}

function aggregations(found) {
  return Object.fromEntries(
    ["state", "product", "company", "timely"].map((field) => [
      field,
      {
        doc_count: found.length,
        [field]: { doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets: buckets(found, field) },
      },
    ]),
  );
}

function buckets(found, field) {
  const counts = new Map();
  for (const record of found) {
    if (record[field] !== null) counts.set(record[field], (counts.get(record[field]) ?? 0) + 1);
  }
  return [...counts]
    .map(([key, count]) => ({ key, doc_count: count }))
    .sort((a, b) => b.doc_count - a.doc_count || (a.key < b.key ? -1 : 1));
}

function meta() {
  return {
    license: "CC0",
    last_updated: "2026-06-30T12:00:00-05:00",
    last_indexed: "2026-07-01T12:00:00-05:00",
    total_record_count: ALL.length,
    is_data_stale: false,
    has_data_issue: false,
    source: "sample: invented records of the Caudal examples",
    break_points: {},
  };
}
