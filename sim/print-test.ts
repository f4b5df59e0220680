/** A small world as a test in TypeScript, to begin from: the flow as an author would write it, and what happened to it. */
import type { NodeSpec, Scenario } from "./scenario.ts";
import type { Violation } from "./violation.ts";

export function testText(scenario: Scenario, violation: Violation | undefined): string {
  const { flow, faults, clients } = scenario;
  const lines = [
    'import { approval, branch, filter, flow, mapEach, merge, resource, signals, task } from "caudal";',
    "",
    `// Seed ${scenario.seed}. ${violation === undefined ? "" : `${violation.invariant}: ${violation.message}`}`,
    ...flow.nodes.flatMap((node) => (node.kind === "task" ? [taskText(node)] : [])),
    "",
    'const simulated = flow("simulated", () => {',
    ...flow.nodes.map((node) => `  ${callText(scenario, node)}`),
    "});",
    "",
    `// Clients: ${JSON.stringify(clients)}`,
    `// Faults: ${JSON.stringify(faults)}`,
    `// The store answers ${scenario.storeMs === 0 ? "at once" : `within ${scenario.storeMs} ms`}; a dead process is back after ${scenario.restartMs} ms${scenario.failureEnds ? "" : "; one goes on after a failure of the store"}.`,
  ];
  return lines.join("\n");
}

function taskText(node: NodeSpec): string {
  const options = [
    `name: ${JSON.stringify(node.name)}`,
    ...(node.retries > 0 ? [`retries: ${node.retries}, retryDelay: ${node.retryDelayMs}`] : []),
    ...(node.timeoutMs === undefined ? [] : [`timeout: ${node.timeoutMs}`]),
    ...(node.cacheForMs === undefined ? [] : [`cacheFor: ${node.cacheForMs}`]),
    ...(node.trigger.kind === "all_successful" ? [] : [`trigger: ${triggerText(node)}`]),
    ...(node.skipOnUpstreamSkip ? [] : ["skipOnUpstreamSkip: false"]),
    ...(node.handler === undefined ? [] : [`stateHandlers: [${node.handler}]`]),
    ...(node.priority === 0 ? [] : [`priority: ${node.priority}`]),
    ...(node.limit === undefined ? [] : [`limits: [${node.limit}]`]),
    ...(node.keepsResult ? [] : ['result: "none"']),
    ...(node.onLost === "retry" ? [] : [`onLost: ${JSON.stringify(node.onLost)}`]),
    ...(node.maxLost === 3 ? [] : [`maxLost: ${node.maxLost}`]),
  ];
  const after = node.ms === 0 ? "" : `after ${node.ms} ms: `;
  return `const ${node.name} = task({ ${options.join(", ")} }, (...args: unknown[]) => ${bodyText(node)}); // ${after}${node.deed.kind}`;
}

function triggerText({ trigger, custom }: NodeSpec): string {
  if (trigger.kind === "custom") return customText(custom);
  return trigger.kind === "some_failed" || trigger.kind === "some_successful"
    ? JSON.stringify(trigger)
    : JSON.stringify(trigger.kind);
}

function customText(custom: NodeSpec["custom"]): string {
  switch (custom) {
    case "throws":
      return '() => { throw new Error("broke"); }';
    case "skips":
      return "() => { throw signals.skip(); }";
    case "slow yes":
      return "async () => true /* 2 ms later */";
    default:
      return `() => ${custom !== "no"}`;
  }
}

function bodyText({ name, deed }: NodeSpec): string {
  const thrown = (what: string) => `{ throw ${what}; }`;
  switch (deed.kind) {
    case "list":
      return JSON.stringify(Array.from({ length: deed.length }, (_, i) => (deed.alike ? name : `${name}.${i}`)));
    case "key":
      return JSON.stringify(deed.key);
    case "fails":
      return thrown(`new Error("broken") /* ${deed.times} times */`);
    case "skips":
      return thrown("signals.skip()");
    case "says-success":
      return thrown(`signals.success(${JSON.stringify(name)})`);
    case "fails-for-good":
      return thrown('signals.fail("no", { retry: false })');
    case "pauses":
      return thrown("signals.pause() /* until resumed */");
    case "not-yet":
      return thrown(`signals.retry({ in: ${deed.inMs} }) /* ${deed.times} times */`);
    case "loops":
      return thrown(`signals.loop(1, { in: ${deed.inMs} }) /* ${deed.rounds} rounds */`);
    case "unkeepable":
      return "() => 1";
    case "hangs":
      return "new Promise(() => undefined)";
    default:
      return JSON.stringify(name);
  }
}

function callText({ flow }: Scenario, node: NodeSpec): string {
  const nameOf = (id: number) => `${flow.nodes[id]!.name}Ref`;
  const args = node.args.map(({ from, each, flatten, element }) => {
    const ref = element ? `${nameOf(from)} /* its element */` : flatten ? `flatten(${nameOf(from)})` : nameOf(from);
    return node.mapped && node.over === undefined && !each ? `unmapped(${ref})` : ref;
  });
  const call = node.kind === "task" ? `${node.name}${node.mapped && node.over === undefined ? ".map" : ""}` : node.kind;
  const after = node.after.length === 0 ? "" : `.setUpstream(${node.after.map(nameOf).join(", ")})`;
  const where = [
    ...(node.over === undefined ? [] : [`in mapEach(${nameOf(node.over.list)})`]),
    ...(node.caseOf === undefined
      ? []
      : [`in case ${JSON.stringify(node.caseOf.key)} of ${nameOf(node.caseOf.branch)}`]),
    ...(node.resource === undefined ? [] : [`${node.resource.role} of a resource`]),
  ];
  return `const ${node.name}Ref = ${call}(${args.join(", ")})${after};${where.length === 0 ? "" : ` // ${where.join(", ")}`}`;
}
