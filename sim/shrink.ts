/** Makes a failing world small: takes away whatever it fails without. */
import type { FlowSpec, NodeSpec, Scenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";
import type { System } from "./load-system.ts";

/** Worlds that are tried at most, and how long. */
const TRIES_MAX = 1_500;
const SECONDS_MAX = 60;

/** The smallest world found in which the same invariant is violated; the given one where nothing is (any more). */
export async function shrunk(scenario: Scenario, system: System): Promise<Scenario> {
  const { violation } = await simulate(scenario, system);
  if (violation === undefined) return scenario;
  let tries = 0;
  const until = performance.now() + SECONDS_MAX * 1_000;
  const goesOn = () => tries < TRIES_MAX && performance.now() < until;
  const fails = async (smaller: Scenario) => {
    if (!goesOn()) return false;
    tries++;
    return (await simulate(smaller, system)).violation?.invariant === violation.invariant;
  };
  let small = scenario;
  for (let before: Scenario | undefined; before !== small && goesOn(); ) {
    before = small;
    for (const smaller of [withFewerFaults, withFewerClients, withFewerNodes, withPlainerNodes, withPlainerWorld])
      small = await smaller(small, fails);
  }
  return small;
}

type Fails = (smaller: Scenario) => Promise<boolean>;

/** Takes members out of a list, half of it first, then single ones (ddmin). */
async function fewer<T>(list: readonly T[], fails: (shorter: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let left = list;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const shorter = [...left.slice(0, at), ...left.slice(at + size)];
      if (shorter.length < left.length && (await fails(shorter))) left = shorter;
      else at += size;
    }
  }
  return left;
}

async function withFewerFaults(scenario: Scenario, fails: Fails): Promise<Scenario> {
  const faults = await fewer(scenario.faults, (shorter) => fails({ ...scenario, faults: shorter }));
  return faults.length === scenario.faults.length ? scenario : { ...scenario, faults };
}

async function withFewerClients(scenario: Scenario, fails: Fails): Promise<Scenario> {
  const clients = await fewer(scenario.clients, (shorter) => fails({ ...scenario, clients: shorter }));
  return clients.length === scenario.clients.length ? scenario : { ...scenario, clients };
}

async function withFewerNodes(scenario: Scenario, fails: Fails): Promise<Scenario> {
  let small = scenario;
  for (let node = small.flow.nodes.length - 1; node >= 0; node--) {
    const flow = without(small.flow, node);
    if (flow !== undefined && (await fails({ ...small, flow }))) small = { ...small, flow };
  }
  return small;
}

/** Its consumers take what it took; undefined where others cannot be without it. */
function without(flow: FlowSpec, gone: number): FlowSpec | undefined {
  const removed = flow.nodes[gone]!;
  const isBound = flow.nodes.some(
    ({ branchOf, caseOf, over, resource }) =>
      branchOf === gone ||
      caseOf?.branch === gone ||
      over?.list === gone ||
      (resource?.role === "cleanup" && resource.setup === gone),
  );
  if (
    isBound ||
    flow.nodes.some(({ kind, args }) => kind !== "task" && kind !== "merge" && args.some(({ from }) => from === gone))
  )
    return undefined;
  const moved = (id: number) => (id > gone ? id - 1 : id);
  const nodes = flow.nodes.flatMap((node, id): NodeSpec[] => {
    if (id === gone) return [];
    const args = node.args.flatMap((arg) =>
      arg.from !== gone ? [arg] : node.mapped ? [] : removed.args.map(({ from }) => ({ ...arg, from })),
    );
    const known = new Set<number>();
    return [
      {
        ...node,
        args: args
          .filter(({ from }) => !known.has(from) && known.add(from))
          .map((arg) => ({ ...arg, from: moved(arg.from) })),
        after: node.after.filter((up) => up !== gone).map(moved),
        over: node.over && { ...node.over, list: moved(node.over.list) },
        caseOf: node.caseOf && { ...node.caseOf, branch: moved(node.caseOf.branch) },
        branchOf: node.branchOf === undefined ? undefined : moved(node.branchOf),
        resource:
          node.resource?.role === "cleanup" ? { ...node.resource, setup: moved(node.resource.setup) } : node.resource,
      },
    ];
  });
  return { ...flow, nodes };
}

/** What a task is without options. */
const PLAINER: readonly Partial<NodeSpec>[] = [
  { deed: { kind: "works" } },
  { ms: 0 },
  { logs: 0 },
  { handler: undefined },
  { trigger: { kind: "all_successful" }, custom: undefined },
  { retries: 0 },
  { retryDelayMs: 0 },
  { timeoutMs: undefined },
  { cacheForMs: undefined },
  { priority: 0 },
  { limit: undefined },
  { keepsResult: true },
  { onLost: "retry", maxLost: 3 },
  { skipOnUpstreamSkip: true },
  { heeds: false },
];

async function withPlainerNodes(scenario: Scenario, fails: Fails): Promise<Scenario> {
  let small = scenario;
  for (let id = 0; id < small.flow.nodes.length; id++) {
    for (const plain of PLAINER) {
      const node = small.flow.nodes[id]!;
      if (node.kind !== "task" || node.resource !== undefined) continue;
      const plainer = { ...node, ...plain };
      if (JSON.stringify(plainer) === JSON.stringify(node)) continue;
      const nodes = small.flow.nodes.map((other, at) => (at === id ? plainer : other));
      const smaller = { ...small, flow: { ...small.flow, nodes } };
      if (await fails(smaller)) small = smaller;
    }
  }
  return small;
}

async function withPlainerWorld(scenario: Scenario, fails: Fails): Promise<Scenario> {
  let small = scenario;
  const plainer: readonly Partial<Scenario>[] = [
    { listeners: undefined },
    { listeners: small.listeners && { ...small.listeners, deaths: [] } },
    { schedule: undefined },
    { storeMs: 0 },
    { wait: false },
    { restartMs: 0 },
    { failureEnds: true },
    { flow: { ...small.flow, timeoutMs: undefined } },
    { flow: { ...small.flow, maxConcurrency: undefined } },
    { flow: { ...small.flow, maxAttempts: 64 } },
    { store: "memory" },
  ];
  for (const plain of plainer) {
    const smaller = { ...small, ...plain };
    if (JSON.stringify(smaller) !== JSON.stringify(small) && (await fails(smaller))) small = smaller;
  }
  return small;
}
