/** A program's flow as a store keeps it: made once, and only for a store that lasts. */
import { relative, sep } from "node:path";
import { fingerprintOf, shapeOf } from "../../graph/fingerprint.ts";
import { graphToJson } from "../../graph/serialise.ts";
import type { Program } from "../../ports/program.ts";
import type { FlowVersion, NodeShape, Store } from "../../ports/store.ts";

const fingerprints = new WeakMap<Program, string>();

export function programFingerprint(program: Program): string {
  let fingerprint = fingerprints.get(program);
  if (fingerprint === undefined) fingerprints.set(program, (fingerprint = fingerprintOf(program.graph)));
  return fingerprint;
}

export function flowVersionOf(program: Program): FlowVersion {
  const { graph } = program;
  return {
    flow: graph.name,
    fingerprint: programFingerprint(program),
    graph: graphToJson(graph),
    nodes: nodeShapesOf(program),
  };
}

export function nodeShapesOf({ graph }: Program): readonly NodeShape[] {
  return graph.nodes.map((node) => ({
    slug: node.slug,
    name: node.name,
    shape: shapeOf(graph, node),
    bodyHash: graph.tasks[node.task]?.bodyHash ?? "",
  }));
}

/** As a run keeps it: relative to the folder that holds the store, so that both may be moved together. */
export function keptFile(program: Program, store: Store): string | undefined {
  if (program.file === undefined || store.folder === undefined) return program.file;
  return relative(store.folder, program.file).split(sep).join("/");
}
