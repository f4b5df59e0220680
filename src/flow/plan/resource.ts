/** `resource()`: something that is opened before a block of tasks and closed after it, whatever became of them. */
import { isPlainObject } from "../../base/json.ts";
import type { GraphNode, NodeId } from "../../graph/graph.ts";
import { forEachUpstream } from "../../graph/order.ts";
import { buildingFor, checkBlock, checkReturned } from "./block.ts";
import type { Building } from "./building.ts";
import { enterFlow, plainArguments } from "./call.ts";
import { type Check, complaintsAbout, isFunction, refuseIfAny } from "../checks/check-options.ts";
import { type Body, given, labelOf, type TaskDefinition } from "../definition.ts";
import type { Inputs, Resolved } from "./input.ts";
import { checkName } from "../checks/names.ts";
import type { Ref } from "./ref.ts";
import { TASK_CHECKS } from "../checks/task-checks.ts";
import type { TaskOptions } from "../task-options.ts";

/** What cannot be said of a setup and a cleanup: they are one pair, always opened anew, and no result is kept. */
const NOT_THEIRS = [
  "name",
  "result",
  "trigger",
  "skipOnUpstreamSkip",
  "input",
  "output",
  "mapLengths",
  "cacheFor",
  "cacheBy",
  "cacheKey",
  "cacheVersion",
  "target",
] as const;

/** Options of the two tasks of a resource: retries, timeouts and handlers count for both. */
export interface ResourceOptions<A extends readonly unknown[], R>
  extends Omit<TaskOptions, (typeof NOT_THEIRS)[number]> {
  /** Opens it. What it returns is what the block's tasks get; it is never kept. */
  readonly setup: (...args: A) => R;
  /** Closes it, when every task of the block is finished, failed or not; also in a cancelled run. */
  readonly cleanup: (value: Resolved<R>) => unknown;
}

type Block<R, B> = (value: Ref<Resolved<R>>) => B;

export interface Resource<A extends readonly unknown[], R> {
  readonly name: string;
  /**
   * Adds two nodes, `<name>.setup` and `<name>.cleanup`, around the tasks called in `block`, and gives back what it
   * returns. Tasks without an upstream in the block wait for the setup; the cleanup waits for all of them. Neither
   * decides the flow's state.
   * @param args what setup takes, then the block
   * @throws CaudalError BLOCK_INVALID, TASK_OUTSIDE_FLOW, TASK_NAME_TWICE
   */
  use<B>(...args: [...setup: Inputs<A>, block: Block<R, B>]): B;
  /** Without what setup takes, where all of it may be left away. */
  use<B>(block: [] extends A ? Block<R, B> : never): B;
}

const RESOURCE_CHECKS: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    Object.entries(TASK_CHECKS).filter(([option]) => !(NOT_THEIRS as readonly string[]).includes(option)),
  ),
  setup: isFunction,
  cleanup: isFunction,
};

/**
 * Something to open and close around tasks. Setup runs once per run and process: retries in the block use the same
 * value.
 * @throws CaudalError OPTION_INVALID with every complaint at once, NAME_INVALID
 */
export function resource<A extends readonly unknown[], R>(
  name: string,
  options: ResourceOptions<A, R>,
): Resource<A, R> {
  const complaints = complaintsAbout(options, RESOURCE_CHECKS);
  if (isPlainObject(options))
    for (const half of ["setup", "cleanup"]) if (options[half] === undefined) complaints.push(`${half} is missing`);
  if (typeof name !== "string") complaints.unshift('its name comes first: resource("a name", { setup, cleanup })');
  refuseIfAny(typeof name === "string" ? `resource '${name}'` : "a resource", complaints);
  checkName("a resource", name);
  return new ResourceObject(name, options as unknown as ResourceOptions<never[], unknown>) as unknown as Resource<A, R>;
}

class ResourceObject {
  readonly name: string;
  readonly #setup: TaskDefinition;
  readonly #cleanup: TaskDefinition;

  constructor(name: string, { setup, cleanup, ...rest }: ResourceOptions<never[], unknown>) {
    const { args, ...both } = given(rest);
    // Said, so that a flow's taskDefaults do not say otherwise.
    const always: TaskOptions = {
      ...both,
      trigger: "all_successful",
      cacheFor: undefined,
      input: undefined,
      output: undefined,
      result: "none",
    };
    this.name = name;
    this.#setup = {
      name: `${name}.setup`,
      options: args === undefined ? always : { ...always, args },
      body: setup as Body,
      factory: undefined,
    };
    this.#cleanup = {
      name: `${name}.cleanup`,
      options: { ...always, result: undefined },
      body: cleanup as Body,
      factory: undefined,
    };
  }

  use(...given: unknown[]): unknown {
    const what = `${this.name}.use(…)`;
    const building = buildingFor(what);
    building.refuseInBody(`${what} in the body: a resource is opened once, around mapEach(…)`);
    const block = given.pop();
    checkBlock(what, block);
    const entered = enterFlow(this.#setup);
    const setup = building.addNode({
      kind: "task",
      name: entered.name,
      task: entered.task,
      arguments: plainArguments(this.#setup, entered, given),
      resource: { role: "setup" },
    });
    const returned: unknown = checkReturned(what, block(building.refOf(setup) as never));
    for (const id of firstOnes(building, setup)) building.addAfter(id, setup);
    this.#addCleanup(building, setup);
    return returned;
  }

  #addCleanup(building: Building, setup: NodeId): void {
    const { name, task } = enterFlow(this.#cleanup);
    const ends = building.ends(setup + 1, "with cleanups");
    const cleanup = building.addNode({
      kind: "task",
      name,
      task,
      arguments: [
        {
          label: labelOf(this.#cleanup, 0),
          source: { kind: "node", node: setup, path: [] },
          each: false,
          flatten: false,
        },
      ],
      resource: { role: "cleanup", setup },
    });
    for (const end of ends) building.addAfter(cleanup, end);
  }
}

/** Nodes of the block that wait for nothing in it, and not for the setup. */
function firstOnes(building: Building, setup: NodeId): NodeId[] {
  const first: NodeId[] = [];
  for (let id = setup + 1; id < building.nodes.length; id++) {
    if (!waitsForOneFrom(building.node(id), setup)) first.push(id);
  }
  return first;
}

function waitsForOneFrom(node: GraphNode, first: NodeId): boolean {
  let found = false;
  forEachUpstream(node, (upstream) => {
    found ||= upstream >= first;
  });
  return found;
}
