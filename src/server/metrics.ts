/** Numbers for Prometheus, as text of its format 0.0.4. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ServerParts } from "./parts.ts";

interface Request {
  count: number;
  seconds: number;
}

const FLOW_STATES = ["Pending", "Running", "Paused", "Success", "Failed", "Cancelled"] as const;
const COUNTED_MAX = 100_000;

export class Metrics {
  readonly #requests = new Map<string, Request>();
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    this.#delay.enable();
  }

  /** `path` is the route's, with `:names`: as many as there are routes. */
  answered(method: string, path: string, status: number, seconds: number): void {
    const key = `method="${method}",route="${path}",status="${status}"`;
    const known = this.#requests.get(key) ?? { count: 0, seconds: 0 };
    known.count += 1;
    known.seconds += seconds;
    this.#requests.set(key, known);
  }

  close(): void {
    this.#delay.disable();
  }

  text({ queries, desk, openStreams, version, startedAt }: ServerParts): string {
    const counts = queries.counts({}, COUNTED_MAX);
    const delay = this.#delay;
    const lines = [
      ...metric("caudal_info", "gauge", "Of what this is", [`{version="${version}"} 1`]),
      ...metric("caudal_start_time_seconds", "gauge", "When this server began", [` ${startedAt / 1_000}`]),
      ...metric(
        "caudal_runs",
        "gauge",
        `Runs in the store by state, counted up to ${COUNTED_MAX}`,
        FLOW_STATES.map((state) => `{state="${state}"} ${counts[state] ?? 0}`),
      ),
      ...metric("caudal_runs_active", "gauge", "Runs this process has", [` ${desk.active}`]),
      ...metric("caudal_live_streams", "gauge", "Open live streams", [` ${openStreams()}`]),
      ...metric("caudal_store_cursor", "counter", "Commits of the store", [` ${queries.cursor()}`]),
      ...metric(
        "caudal_http_requests_total",
        "counter",
        "Requests answered",
        [...this.#requests].map(([key, { count }]) => `{${key}} ${count}`),
      ),
      ...metric(
        "caudal_http_request_seconds_total",
        "counter",
        "Time spent answering",
        [...this.#requests].map(([key, { seconds }]) => `{${key}} ${seconds.toFixed(6)}`),
      ),
      ...metric("caudal_event_loop_lag_seconds", "gauge", "Delay of the event loop", [
        `{quantile="0.5"} ${(delay.percentile(50) / 1e9).toFixed(6)}`,
        `{quantile="0.99"} ${(delay.percentile(99) / 1e9).toFixed(6)}`,
      ]),
      ...metric("process_resident_memory_bytes", "gauge", "Memory of the process", [` ${process.memoryUsage.rss()}`]),
    ];
    delay.reset();
    return `${lines.join("\n")}\n`;
  }
}

function metric(name: string, type: "gauge" | "counter", help: string, values: readonly string[]): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values.map((value) => `${name}${value}`)];
}
