/** Graphs in a few words, for tests of the engine that need no authoring layer. */
import type { Argument, Graph, GraphNode, Source, TaskRules } from "../../src/graph/graph.ts";

export interface NodeSketch {
  readonly name: string;
  /** Names of upstreams passed as arguments, in order; `each name` maps over it, `flat name` flattens it first. */
  readonly of?: readonly string[];
  /** Order-only upstreams. */
  readonly after?: readonly string[];
  readonly mapped?: boolean;
  readonly kind?: GraphNode["kind"];
  readonly cases?: readonly string[];
  readonly caseOf?: { readonly branch: string; readonly key: string };
  readonly branchOf?: string;
  /** `setup`, or `cleanup of` its setup. */
  readonly resource?: "setup" | `cleanup of ${string}`;
  readonly rules?: Partial<TaskRules>;
}

export const PLAIN_RULES: TaskRules = {
  name: "",
  tags: [],
  trigger: { kind: "all_successful" },
  skipOnUpstreamSkip: true,
  retries: 0,
  retrySignalsMax: 1_000,
  loopMax: 100_000,
  maxLost: 3,
  onLost: "retry",
  timeoutMs: undefined,
  cacheForMs: undefined,
  hasTarget: false,
  priority: 0,
  limits: [],
  keepsResult: true,
  mapLengths: "equal",
  asksHandlers: false,
  watched: false,
  bodyHash: "",
};

/** A graph whose nodes are tasks of their own; upstreams are named, and may come later only through `after`. */
export function graphOf(sketches: readonly NodeSketch[], references?: readonly string[]): Graph {
  const ids = new Map(sketches.map((sketch, id) => [sketch.name, id]));
  const idOf = (name: string) => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`no node ${name} in this sketch`);
    return id;
  };
  const argumentOf = (text: string): Argument => {
    const words = text.split(" ");
    const source: Source = { kind: "node", node: idOf(words.at(-1)!), path: [] };
    return { label: words.at(-1)!, source, each: words.includes("each"), flatten: words.includes("flat") };
  };
  const resourceOf = (text: string): NonNullable<GraphNode["resource"]> =>
    text === "setup" ? { role: "setup" } : { role: "cleanup", setup: idOf(text.slice("cleanup of ".length)) };
  const nodes = sketches.map(
    (sketch, id): GraphNode => ({
      id,
      slug: `${sketch.name}-1`,
      name: sketch.name,
      kind: sketch.kind ?? "task",
      task: id,
      arguments: (sketch.of ?? []).map(argumentOf),
      mapped: sketch.mapped ?? false,
      after: (sketch.after ?? []).map(idOf),
      groups: [],
      ...(sketch.cases && { cases: sketch.cases }),
      ...(sketch.caseOf && { caseOf: { branch: idOf(sketch.caseOf.branch), key: sketch.caseOf.key } }),
      ...(sketch.branchOf && { branchOf: idOf(sketch.branchOf) }),
      ...(sketch.resource && { resource: resourceOf(sketch.resource) }),
    }),
  );
  return {
    name: "sketch",
    tags: [],
    nodes,
    parameters: [],
    references: references?.map(idOf),
    result: { kind: "value", value: undefined },
    tasks: sketches.map((sketch) => ({ ...PLAIN_RULES, name: sketch.name, ...sketch.rules })),
  };
}
