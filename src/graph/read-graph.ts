/**
 * A graph from its JSON (`serialise.ts`): what stores keep of a flow, so that its runs can be looked at without its
 * code. Constants that are no JSON stay the text they were shown as, so such a graph explains and draws, and is never run.
 */
import { isPlainObject, type Json } from "../base/json.ts";
import type { Argument, Graph, GraphNode, GraphParameter, NodeId, PathKey, Source, TaskRules } from "./graph.ts";

type Members = Readonly<Record<string, Json>>;

/** Undefined where the text is of another format. */
export function graphFromJson(json: Json): Graph | undefined {
  if (!isMembers(json) || json["format"] !== 1 || !Array.isArray(json["nodes"])) return undefined;
  const nodes = json["nodes"].filter(isMembers);
  const ids = new Map(nodes.map((node, id) => [node["slug"], id]));
  const idOf = (slug: Json | undefined): NodeId => ids.get(slug ?? "") ?? 0;
  const { references, description, version } = json;
  return {
    name: String(json["name"]),
    ...(typeof description === "string" && { description }),
    ...(typeof version === "string" && { version }),
    tags: texts(json["tags"]),
    nodes: nodes.map((node, id) => nodeFrom(node, id, idOf)),
    tasks: list(json["tasks"]).map((rules) => rules as unknown as TaskRules),
    parameters: list(json["parameters"]).map((parameter) => parameter as unknown as GraphParameter),
    references: Array.isArray(references) ? references.map(idOf) : undefined,
    result: sourceFrom(json["result"], idOf),
  };
}

type IdOf = (slug: Json | undefined) => NodeId;

function nodeFrom(node: Members, id: NodeId, idOf: IdOf): GraphNode {
  const { caseOf, cases, branchOf, over, body, resource, setup } = node;
  return {
    id,
    slug: String(node["slug"]),
    name: String(node["name"]),
    kind: node["kind"] as GraphNode["kind"],
    task: Number(node["task"]),
    arguments: list(node["arguments"])
      .filter(isMembers)
      .map((argument) => argumentFrom(argument, idOf)),
    mapped: node["mapped"] === true,
    after: list(node["after"]).map(idOf),
    ...(isMembers(caseOf) && { caseOf: { branch: idOf(caseOf["branch"]), key: String(caseOf["key"]) } }),
    ...(Array.isArray(cases) && { cases: texts(cases) }),
    ...(branchOf !== undefined && { branchOf: idOf(branchOf) }),
    ...(over !== undefined && { over: { list: sourceFrom(over, idOf), body: Number(body ?? 0) } }),
    ...(resource === "setup" && { resource: { role: "setup" } as const }),
    ...(resource === "cleanup" && { resource: { role: "cleanup", setup: idOf(setup) } as const }),
    groups: texts(node["groups"]),
  };
}

function argumentFrom(argument: Members, idOf: IdOf): Argument {
  return {
    label: String(argument["label"]),
    source: sourceFrom(argument["source"], idOf),
    each: argument["each"] === true,
    flatten: argument["flatten"] === true,
  };
}

function sourceFrom(json: Json | undefined, idOf: IdOf): Source {
  if (!isMembers(json)) return { kind: "value", value: undefined };
  const path = list(json["path"]) as readonly PathKey[];
  const settled = json["settled"] === true ? ({ settled: true } as const) : {};
  if ("node" in json) return { kind: "node", node: idOf(json["node"]), path, ...settled };
  if ("parameter" in json) return { kind: "parameter", name: String(json["parameter"]), path };
  if ("element" in json) return { kind: "element", of: sourceFrom(json["element"], idOf), path, ...settled };
  if ("list" in json) return { kind: "list", items: list(json["list"]).map((item) => sourceFrom(item, idOf)) };
  if ("object" in json) {
    const pairs = list(json["object"]).map((pair) => list(pair));
    return {
      kind: "object",
      keys: pairs.map(([key]) => String(key)),
      values: pairs.map(([, value]) => sourceFrom(value, idOf)),
    };
  }
  return { kind: "value", value: json["value"] };
}

function isMembers(json: unknown): json is Members {
  return isPlainObject(json);
}

function list(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? json : [];
}

function texts(json: Json | undefined): readonly string[] {
  return list(json).map(String);
}
