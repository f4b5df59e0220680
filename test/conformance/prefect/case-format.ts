/** The neutral form of a workflow and of what was observed of it, as far as the programs here read it. */
import { readFileSync } from "node:fs";

export interface Source {
  readonly from?: string;
  readonly const?: unknown;
  readonly list?: readonly Source[];
  readonly dict?: Readonly<Record<string, Source>>;
}

export interface Edge extends Source {
  readonly key?: string;
  readonly map?: boolean;
  readonly flatten?: boolean;
}

/** What a body does; which members count depends on `op`. */
export interface Behaviour {
  readonly op: string;
  readonly value?: unknown;
  readonly by?: number;
  readonly message?: string;
  readonly signal?: string;
  readonly result?: unknown;
  readonly in?: readonly number[];
  readonly mod?: number;
  readonly eq?: number;
  readonly then?: Behaviour;
  readonly else?: Behaviour;
  readonly times?: number;
  readonly run?: number;
  readonly until?: number;
  readonly step?: number;
  readonly failAt?: number;
  readonly failTimes?: number;
  readonly finally?: Behaviour;
}

export interface BecomeState {
  readonly state: string;
  readonly result?: unknown;
}

export interface HandlerCase {
  /** The state it waits for; every one when absent. */
  readonly when?: string;
  readonly become?: BecomeState;
  readonly raise?: string;
  readonly signal?: string | { readonly signal: string; readonly message?: string; readonly result?: unknown };
  readonly message?: string;
  readonly result?: unknown;
}

export type TriggerCase = string | { readonly name: string; readonly atLeast?: number; readonly atMost?: number };
export type ValidatorCase = string | { readonly name: string; readonly on?: readonly string[] | null };

export interface TaskCase {
  readonly id: string;
  readonly kind: "task" | "parameter" | "case" | "merge" | "filter" | "resource";
  readonly run?: Behaviour;
  readonly inputs?: readonly Edge[];
  readonly trigger?: TriggerCase;
  readonly skipOnUpstreamSkip?: boolean;
  readonly maxRetries?: number;
  readonly handlers?: readonly HandlerCase[];
  readonly cacheFor?: number;
  readonly cacheValidator?: ValidatorCase;
  readonly cacheKey?: string;
  readonly name?: string;
  /** The resource whose block it stands in. */
  readonly in?: string;
  readonly default?: unknown;
  readonly required?: boolean;
  readonly equals?: unknown;
  readonly init?: Behaviour;
  readonly setup?: Behaviour;
  readonly cleanup?: Behaviour;
}

export interface RunCase {
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Seconds after a fixed instant that the clock shows; the real clock when absent. */
  readonly at?: number;
}

export interface Case {
  readonly id: string;
  readonly group: string;
  readonly tasks: readonly TaskCase[];
  readonly referenceTasks?: readonly string[];
  readonly runs?: readonly RunCase[];
  readonly flowHandlers?: readonly (HandlerCase & { readonly dropResult?: boolean })[];
  readonly terminalHandler?: HandlerCase;
  readonly singlePass?: boolean;
  readonly tags?: readonly string[];
}

export interface TaskSeen {
  readonly state: string;
  readonly result?: unknown;
  readonly calls?: number;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly message?: string;
  readonly reason?: string;
  readonly transitions?: readonly string[];
  readonly children?: readonly TaskSeen[];
}

export type ErrorSeen = string | { readonly code: string; readonly names?: readonly string[]; readonly when?: string };

export interface RunSeen {
  readonly error?: ErrorSeen;
  readonly flow?: {
    readonly state?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly error?: ErrorSeen;
  };
  readonly tasks?: Readonly<Record<string, TaskSeen>>;
}

export interface Observation {
  readonly id: string;
  readonly runs: readonly RunSeen[];
}

/** The list in a file: the file's own, or its first member that is one. */
export function readList<T>(file: string): readonly T[] {
  const read: unknown = JSON.parse(readFileSync(file, "utf8"));
  const list: unknown = Array.isArray(read) ? read : Object.values(read as object).find(Array.isArray);
  if (!Array.isArray(list)) throw new Error(`${file} holds no list`);
  return list as readonly T[];
}
