/**
 * One simulated world as plain data: the flow and what its bodies do, who starts, stops and answers, and every fault.
 * A seed draws one; shrinking takes parts of it away.
 */
import type { NodeKind, TriggerRule } from "../src/graph/graph.ts";
import type { FeatureName } from "./features.ts";

/** What a body does. The same for every call but for what its deed counts, so that a crash changes no outcome. */
export type Deed =
  | { readonly kind: "works" }
  /** `alike`: what is mapped over it is the same for every child. */
  | { readonly kind: "list"; readonly length: number; readonly alike?: boolean | undefined }
  | { readonly kind: "key"; readonly key: string }
  /** Fails as long as fewer failures than this were committed. */
  | { readonly kind: "fails"; readonly times: number }
  | { readonly kind: "skips" | "says-success" | "fails-for-good" | "pauses" | "unkeepable" | "big" | "hangs" }
  | { readonly kind: "not-yet"; readonly times: number; readonly inMs: number }
  | { readonly kind: "loops"; readonly rounds: number; readonly inMs: number }
  /** Two inner steps through `context().once`. */
  | { readonly kind: "once" };

export type HandlerDeed = "watches" | "slow" | "rescues" | "spoils" | "throws" | "hangs";

export interface ArgSpec {
  /** The node it comes from. */
  readonly from: number;
  readonly each: boolean;
  readonly flatten: boolean;
  /** In the body of a `mapEach`: this child's part of it. */
  readonly element: boolean;
}

export interface NodeSpec {
  readonly name: string;
  readonly kind: NodeKind;
  readonly args: readonly ArgSpec[];
  readonly after: readonly number[];
  readonly mapped: boolean;
  readonly over?: { readonly list: number; readonly body: number } | undefined;
  readonly caseOf?: { readonly branch: number; readonly key: string } | undefined;
  readonly cases?: readonly string[] | undefined;
  readonly branchOf?: number | undefined;
  readonly resource?: { readonly role: "setup" } | { readonly role: "cleanup"; readonly setup: number } | undefined;
  readonly deed: Deed;
  /** How long a body takes; 0: it answers at once. */
  readonly ms: number;
  /** It ends when its signal aborts. */
  readonly heeds: boolean;
  readonly logs: number;
  readonly handler?: HandlerDeed | undefined;
  readonly trigger: TriggerRule;
  /** What a custom trigger does. */
  readonly custom?: "yes" | "no" | "throws" | "slow yes" | "skips" | undefined;
  readonly skipOnUpstreamSkip: boolean;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly timeoutMs?: number | undefined;
  readonly cacheForMs?: number | undefined;
  readonly priority: number;
  readonly limit?: string | undefined;
  readonly keepsResult: boolean;
  readonly onLost: "retry" | "fail" | "ask";
  readonly maxLost: number;
}

export interface FlowSpec {
  readonly nodes: readonly NodeSpec[];
  readonly timeoutMs?: number | undefined;
  readonly maxConcurrency?: number | undefined;
  readonly limits: Readonly<Record<string, number>>;
  readonly maxAttempts: number;
  readonly graceMs: number;
}

/** Where a fault comes in relation to the bodies: see below. */
interface Aim {
  /**
   * It waits for so many calls of bodies (0: the first). Times count from that call on, cut so that the body is under
   * way, and it meets the process that called it; calls of the store count from there, too.
   */
  readonly body?: number | undefined;
}

export type Fault =
  /** The process that makes the `call`-th call of the store dies: before it is applied, or after, without its answer. */
  | (Aim & { readonly kind: "crash-before" | "crash-after"; readonly call: number })
  /** The call fails; `failed-after`: though it was applied. */
  | (Aim & { readonly kind: "failed-before" | "failed-after"; readonly call: number })
  /** Commits fail from the `call`-th call on, for a while: a full disk, or a lock held too long. */
  | (Aim & { readonly kind: "full" | "busy"; readonly call: number; readonly forMs: number })
  | (Aim & { readonly kind: "crash-at"; readonly ms: number; readonly victim: number })
  /** Stopped (SIGSTOP) and, `deadAfterMs` later, taken for dead; goes on after `forMs`. */
  | (Aim & {
      readonly kind: "freeze";
      readonly ms: number;
      readonly victim: number;
      readonly forMs: number;
      readonly deadAfterMs: number;
    })
  | (Aim & { readonly kind: "clock-step"; readonly ms: number; readonly victim: number; readonly byMs: number })
  /** The `event`-th event from outside (or only of timers) comes again, `later` steps of its run after. */
  | { readonly kind: "again"; readonly event: number; readonly of?: "TimerFired" | undefined; readonly later: number };

export type TimedFault = Extract<Fault, { readonly ms: number }>;

/** With a `call` it comes at that call of the store instead: in the middle of something. */
export type Client =
  | { readonly kind: "start"; readonly ms: number; readonly key: string | undefined }
  | {
      readonly kind: "cancel";
      readonly ms: number;
      readonly call: number | undefined;
      readonly run: number;
      readonly through: "store" | "signal";
    }
  /** A person pauses the whole run, and some time later resumes it. */
  | { readonly kind: "pause"; readonly ms: number; readonly call: number | undefined; readonly run: number }
  /** Ctrl-C: nothing new starts; the process leaves once nothing is in flight, and is started again later. */
  | { readonly kind: "interrupt"; readonly ms: number; readonly call: number | undefined; readonly victim: number }
  /** A second process comes and takes up whatever is interrupted. */
  | { readonly kind: "join"; readonly ms: number }
  /** A person says what became of a task run: of one of the nodes, or of one of its children. */
  | {
      readonly kind: "mark";
      readonly ms: number;
      readonly call: number | undefined;
      readonly run: number;
      readonly node: number;
      readonly child: number;
      readonly as: "Success" | "Failed" | "Skipped";
    }
  /** The flow's code changes: later processes have the new one. */
  | { readonly kind: "change-code"; readonly ms: number };

/** Who listens, and what comes of it. */
export interface ListenerSpec {
  /** Tasks with listeners, by name. */
  readonly nodes: readonly string[];
  readonly flow: boolean;
  readonly deed: "notes" | "slow" | "throws" | "hangs";
  /** The so-manieth calls (from 1) in which the process dies before anything came of it. */
  readonly deaths: readonly number[];
}

export interface Scenario {
  readonly seed: number;
  readonly features: readonly FeatureName[];
  /** Faults end, and everything must end well; else only safety is judged. */
  readonly survivable: boolean;
  readonly store: "memory" | "sqlite";
  readonly flow: FlowSpec;
  readonly listeners?: ListenerSpec | undefined;
  readonly clients: readonly Client[];
  readonly faults: readonly Fault[];
  /** Until a dead process is started again. */
  readonly restartMs: number;
  /** A process in which a run failed because of the store ends; else it goes on, and somebody takes the run up. */
  readonly failureEnds: boolean;
  /** How long answers of the store take: 0 at once, else up to so many ms, some of them applied late. */
  readonly storeMs: number;
  /** What a person says to a paused task run. */
  readonly person: { readonly ms: number; readonly says: "resume" | "approve" | "reject" };
  /** Runs stay in their process while they wait for people. */
  readonly wait: boolean;
  readonly schedule?: { readonly everyMs: number; readonly runs: number } | undefined;
}
