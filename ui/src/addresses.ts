/** Every place of the page and its address below the prefix. Names are percent-encoded. */
import type { RunQuery } from "../../src/server/contract.ts";

export type FlowTab = "runs" | "schedules" | "versions" | "run";
export type RunView = "graph" | "gantt" | "outline" | "table";

export interface RunPlace {
  readonly view?: RunView | undefined;
  readonly task?: string | undefined;
  readonly attempt?: number | undefined;
  readonly line?: number | undefined;
}

const enc = encodeURIComponent;

export const addresses = {
  overview: () => "/",
  flows: (query: { readonly q?: string; readonly tag?: string } = {}) => withQuery("/flows", query),
  flow: (flow: string, tab?: FlowTab, query: object = {}) =>
    withQuery(`/flows/${enc(flow)}${tab === undefined ? "" : `/${tab}`}`, query),
  runs: (query: RunQuery = {}) => withQuery("/runs", query),
  run: (run: string, place: RunPlace = {}) => withQuery(`/runs/${enc(run)}`, place),
  runLogs: (run: string, query: object = {}) => withQuery(`/runs/${enc(run)}/logs`, query),
  runEvents: (run: string) => `/runs/${enc(run)}/events`,
  schedules: () => "/schedules",
  schedule: (schedule: string) => `/schedules/${enc(schedule)}`,
  settings: (tab?: "about") => `/settings/${tab ?? "general"}`,
  help: () => "/help",
  helpStates: () => "/help/states",
  helpErrors: () => "/help/errors",
  helpError: (code: string) => `/help/errors/${enc(code)}`,
} as const;

export function withQuery(path: string, query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = given.map(([name, value]) => `${enc(name)}=${enc(String(value)).replaceAll("%2C", ",")}`).join("&");
  return text === "" ? path : `${path}?${text}`;
}
