/** Graphs for the tests of the drawings, built by hand (names, arrows, no bodies), and the fonts they are drawn with. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  OTHERWISE,
  type Argument,
  type Graph,
  type GraphNode,
  type GraphParameter,
  type NodeId,
  type Source,
} from "../../src/graph/graph.ts";
import type { FontFile, Fonts } from "../../src/render/typeface.ts";
import { PLAIN_RULES } from "./graphs.ts";

export const FONTS: Fonts = {
  regular: font("Inter-Regular.ttf"),
  bold: font("Inter-SemiBold.ttf"),
  symbols: font("DejaVuSans-Symbols.ttf"),
};

export interface NodeGiven {
  readonly name: string;
  readonly kind?: GraphNode["kind"];
  /** Label to upstream: a node's id, a parameter as `$name`, or a whole source. */
  readonly from?: Readonly<Record<string, NodeId | `$${string}` | Source>>;
  readonly mapped?: boolean;
  readonly after?: readonly NodeId[];
  readonly caseOf?: GraphNode["caseOf"];
  readonly cases?: readonly string[];
  readonly branchOf?: NodeId;
  readonly groups?: readonly string[];
}

export function graphOf(
  name: string,
  nodes: readonly NodeGiven[],
  parameters: Readonly<Record<string, unknown>> = {},
): Graph {
  const calls = new Map<string, number>();
  return {
    name,
    tags: [],
    references: undefined,
    result: { kind: "value", value: null },
    nodes: nodes.map((given, id): GraphNode => {
      const call = (calls.get(given.name) ?? 0) + 1;
      calls.set(given.name, call);
      const { caseOf, cases, branchOf } = given;
      return {
        id,
        slug: `${given.name}-${call}`,
        name: given.name,
        kind: given.kind ?? "task",
        task: id,
        mapped: given.mapped ?? false,
        after: given.after ?? [],
        groups: given.groups ?? [],
        arguments: Object.entries(given.from ?? {}).map(
          ([label, from]): Argument => ({ label, source: sourceOf(from), each: given.mapped ?? false, flatten: false }),
        ),
        ...(caseOf === undefined ? {} : { caseOf }),
        ...(cases === undefined ? {} : { cases }),
        ...(branchOf === undefined ? {} : { branchOf }),
      };
    }),
    tasks: nodes.map((given) => ({ ...PLAIN_RULES, name: given.name })),
    parameters: Object.entries(parameters).map(
      ([parameter, fallback]): GraphParameter => ({
        name: parameter,
        required: fallback === undefined,
        jsonSchema: {},
        ...(fallback === undefined ? {} : { default: fallback }),
      }),
    ),
  };
}

export function ref(node: NodeId, ...path: readonly string[]): Source {
  return { kind: "node", node, path };
}

/** The ETL of the README. */
export function etlGraph(): Graph {
  return graphOf(
    "my etl flow",
    [
      { name: "sqliteScript" },
      { name: "get_complaint_data", from: { size: "$size" } },
      { name: "parse_complaint_data", from: { raw: 1 } },
      { name: "store_complaints", from: { parsed: 2 }, after: [0] },
    ],
    { size: 10 },
  );
}

/** Mapped letters, sent by the channel that a branch picks. */
export function branchGraph(): Graph {
  return graphOf(
    "notify",
    [
      { name: "list_users", from: { region: "$region" } },
      { name: "load_template" },
      { name: "write_letter", mapped: true, from: { user: 0, template: 1 } },
      { name: "pick_channel", from: { users: 0 } },
      { name: "pick_channel", kind: "branch", from: { "0": 3 }, cases: ["sms", "mail", OTHERWISE] },
      { name: "send_sms", mapped: true, from: { letter: 2 }, caseOf: { branch: 4, key: "sms" } },
      { name: "render_html", mapped: true, from: { letter: 2 }, caseOf: { branch: 4, key: "mail" } },
      { name: "send_mail", mapped: true, from: { page: 6 }, caseOf: { branch: 4, key: "mail" } },
      {
        name: "choose",
        kind: "choose",
        from: { sms: 5, mail: 7, otherwise: { kind: "value", value: null } },
        cases: ["sms", "mail", OTHERWISE],
        branchOf: 4,
      },
      { name: "report", from: { receipts: 8 } },
      { name: "archive", from: { receipts: 8 } },
      { name: "merge", kind: "merge", from: { "0": 9, "1": 10 } },
      { name: "close_session", from: { outcome: 11 }, after: [1] },
    ],
    { region: undefined },
  );
}

/** `width` chains of `steps` between a start and an end. */
export function wideGraph(width: number, steps: readonly string[]): Graph {
  const nodes: NodeGiven[] = [{ name: "list_parts" }];
  const ends: NodeId[] = [];
  for (let part = 0; part < width; part += 1) {
    let upstream = 0;
    for (const name of steps) upstream = nodes.push({ name, from: { part: upstream } }) - 1;
    ends.push(upstream);
  }
  nodes.push({ name: "collect", from: { parts: { kind: "list", items: ends.map((id) => ref(id)) } } });
  return graphOf("many parts", nodes);
}

function sourceOf(from: NodeId | `$${string}` | Source): Source {
  if (typeof from === "number") return { kind: "node", node: from, path: [] };
  if (typeof from === "string") return { kind: "parameter", name: from.slice(1), path: [] };
  return from;
}

function font(name: string): FontFile {
  const file = fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url));
  return { bytes: readFileSync(file), file };
}
