/**
 * Random cases over the whole case format. A recipe names upstreams by numbers that are taken modulo what stands
 * before it, so that every recipe is a case and shrinks to a small one.
 */
import fc from "fast-check";
import type { Behaviour, Case, Edge, HandlerCase, TaskCase, TriggerCase, ValidatorCase } from "./case-format.ts";

const EDGES = [
  ...["data", "data", "data", "data", "order", "order", "each", "each", "each", "each in order"],
  ...["each flat", "flat", "list", "dict", "list each"],
] as const;

interface EdgeRecipe {
  readonly of: number;
  readonly how: (typeof EDGES)[number];
}

const SHAPES = [
  ...["task", "task", "task", "task", "task", "task", "task", "task", "numbers", "numbers", "lists"],
  ...["parameter", "switch", "merge", "filter", "resource"],
] as const;

interface Recipe {
  readonly shape: (typeof SHAPES)[number];
  readonly edges: readonly EdgeRecipe[];
  readonly constant: "none" | "whole" | "each";
  readonly run: Behaviour;
  readonly inner: Behaviour;
  readonly numbers: readonly number[];
  readonly trigger: TriggerCase | undefined;
  readonly skipOnUpstreamSkip: boolean;
  readonly maxRetries: number;
  readonly handlers: readonly HandlerCase[];
  readonly cache: { readonly for: number; readonly by: ValidatorCase | undefined } | undefined;
  readonly mapped: boolean;
}

/** A word of the format; written as a literal key it would make a promise of the object in readers' eyes. */
const NEXT = "then";

const small = fc.nat(9);

const plain: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 4, arbitrary: small.map((by) => ({ op: "add", by })) },
  { weight: 4, arbitrary: fc.constant({ op: "sum" }) },

  { weight: 1, arbitrary: small.map((value) => ({ op: "const", value })) },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, [1, 2]).map((value) => ({ op: "const", value })) },
  // Sums grow along a chain: only a small one becomes a list.
  {
    weight: 1,
    arbitrary: fc.constant({
      op: "when",
      in: [0, 1, 2, 3, 4],
      [NEXT]: { op: "range" },
      else: { op: "const", value: [2, 1] },
    }),
  },
);

const signals: fc.Arbitrary<Behaviour> = fc
  .record({
    signal: fc.constantFrom("SKIP", "SKIP", "SUCCESS", "FAIL", "TRIGGERFAIL", "VALIDATIONFAIL"),
    message: fc.constantFrom("msg-hi", undefined),
    result: fc.constantFrom<unknown>(undefined, 5, null),
  })
  .map(({ signal, message, result }) => ({
    op: "signal",
    signal,
    ...(message !== undefined && { message }),
    ...(result !== undefined && { result }),
  }));

const ends: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 2, arbitrary: fc.constant({ op: "fail", message: "msg-boom" }) },
  { weight: 2, arbitrary: signals },
);

const inTurns: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ op: fc.constant("when"), in: fc.uniqueArray(fc.nat(12), { maxLength: 4 }), [NEXT]: ends, else: ends }),
  fc.record({ op: fc.constant("whenMod"), mod: fc.constantFrom(2, 3), eq: fc.nat(1), [NEXT]: ends, else: ends }),
  fc.record({
    op: fc.constant("failTimes"),
    times: fc.integer({ min: 1, max: 3 }),
    message: fc.constant("msg-again"),
    [NEXT]: ends,
  }),
  fc.record({
    op: fc.constant("retryTimes"),
    times: fc.integer({ min: 1, max: 3 }),
    message: fc.constant("msg-re"),
    [NEXT]: ends,
  }),
  fc.record({
    op: fc.constantFrom("failRuns", "skipRuns"),
    times: fc.constant(1),
    message: fc.constant("msg-x"),
    [NEXT]: ends,
  }),
  fc.record({
    op: fc.constantFrom("failFromRun", "skipFromRun"),
    run: fc.constant(2),
    message: fc.constant("msg-x"),
    [NEXT]: ends,
  }),
  fc.constantFrom<Behaviour>({ op: "counter" }, { op: "childCounter" }, { op: "signalCounter", signal: "SUCCESS" }),
  fc
    .record({
      until: fc.nat(12),
      step: fc.integer({ min: 1, max: 5 }),
      failAt: fc.option(fc.nat(8), { nil: undefined }),
      failTimes: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
      finally: fc.option(ends, { nil: undefined }),
    })
    .map((loop) => defined({ op: "loop", ...loop })),
);

const behaviours: fc.Arbitrary<Behaviour> = fc.oneof({ weight: 5, arbitrary: ends }, { weight: 4, arbitrary: inTurns });

const triggers: fc.Arbitrary<TriggerCase | undefined> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<TriggerCase>(
      ...["all_successful", "all_failed", "any_successful", "any_failed", "all_finished", "always_run"],
      "not_all_skipped",
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        name: fc.constantFrom("some_failed", "some_successful"),
        atLeast: fc.constantFrom(undefined, 0.5, 1, 1, 2),
        atMost: fc.constantFrom(undefined, undefined, 0.5, 1, 2),
      })
      .filter(({ atLeast = 0, atMost = 9 }) => atLeast <= atMost)
      .map(defined),
  },
);

const handlers: fc.Arbitrary<HandlerCase> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        when: fc.constantFrom(
          "Running",
          "Success",
          "Failed",
          "Skipped",
          "TriggerFailed",
          "Retrying",
          "Cached",
          "Looped",
        ),
        state: fc.constantFrom("Success", "Failed", "Skipped", "TriggerFailed"),
        result: fc.constantFrom<unknown>(undefined, 7),
      })
      .map(({ when, state, result }) => ({ when, become: defined({ state, result }) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("Running", "Success", "Failed", "Skipped", "TriggerFailed")
      .map((when) => ({ when, raise: "msg-handler" })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        when: fc.constantFrom("Running", "Success", "Failed", "Skipped", "TriggerFailed"),
        signal: fc.constantFrom("SKIP", "SUCCESS", "FAIL", "TRIGGERFAIL"),
        message: fc.constantFrom("msg-hi", undefined),
      })
      .map(defined),
  },
);

const VALIDATORS: readonly (ValidatorCase | undefined)[] = [
  ...[undefined, undefined, "duration_only", "never_use", "all_inputs", "all_parameters"],
  { name: "partial_inputs_only", on: ["k0"] },
  { name: "partial_parameters_only", on: ["p0"] },
  { name: "partial_parameters_only", on: null },
];

const recipes: fc.Arbitrary<Recipe> = fc.record({
  shape: fc.constantFrom(...SHAPES),
  edges: fc.array(fc.record({ of: fc.nat(30), how: fc.constantFrom(...EDGES) }), { maxLength: 3 }),
  constant: fc.constantFrom("none", "none", "none", "none", "whole", "each" as const),
  run: behaviours,
  inner: ends,
  numbers: fc.array(fc.nat(6), { maxLength: 4 }),
  trigger: triggers,
  skipOnUpstreamSkip: fc.boolean(),
  maxRetries: fc.constantFrom(0, 0, 0, 1, 2),
  handlers: fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(handlers, { minLength: 1, maxLength: 2 }) },
  ),
  cache: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    {
      weight: 1,
      arbitrary: fc.record({
        for: fc.constant(3600),
        by: fc.constantFrom(...VALIDATORS),
      }),
    },
  ),
  mapped: fc.boolean(),
});

/** Members that may be undefined may be absent instead. */
type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** Without the members that are undefined: absent and undefined differ in a case. */
function defined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Puts tasks together from recipes. */
class Kitchen {
  readonly tasks: TaskCase[] = [];
  /** What later tasks may take as upstreams. */
  readonly names: string[] = [];

  cook(recipe: Recipe): void {
    const id = `t${this.tasks.length}`;
    switch (recipe.shape) {
      case "numbers":
        return this.#add({ id, kind: "task", run: { op: "const", value: recipe.numbers }, inputs: [] });
      case "lists":
        return this.#add({
          id,
          kind: "task",
          run: { op: "const", value: recipe.numbers.map((n) => Array.from({ length: n % 3 }, (_, i) => i)) },
          inputs: [],
        });
      case "parameter":
        return this.#add({
          id: `p${this.tasks.filter(({ kind }) => kind === "parameter").length}`,
          kind: "parameter",
          default: recipe.mapped ? recipe.numbers : recipe.numbers.length,
        });
      case "switch":
        return this.#switch(id, recipe);
      case "merge":
        return this.#add({
          id,
          kind: "merge",
          inputs: this.#refs(recipe).map((from) => ({ from, ...(recipe.mapped && { map: true }) })),
        });
      case "filter":
        return this.#add({
          id,
          kind: "filter",
          inputs: this.#refs(recipe)
            .slice(0, 1)
            .map((from) => ({ from, key: "task_results" })),
        });
      case "resource":
        return this.#resource(id, recipe);
      default:
        return this.#task(id, recipe);
    }
  }

  #add(task: TaskCase): void {
    if ((task.kind === "merge" || task.kind === "filter") && (task.inputs ?? []).length === 0) return;
    this.tasks.push(task);
    this.names.push(task.id);
  }

  #task(id: string, recipe: Recipe): void {
    const inputs = this.#inputs(recipe);
    this.#add({ id, kind: "task", run: recipe.run, inputs, ...rules(recipe, inputs) });
  }

  #name(number: number): string | undefined {
    return this.names.length === 0 ? undefined : this.names[this.names.length - 1 - (number % this.names.length)];
  }

  #refs({ edges }: Recipe): readonly string[] {
    return [...new Set(edges.flatMap(({ of }) => this.#name(of) ?? []))];
  }

  #inputs({ edges, constant, numbers }: Recipe): readonly Edge[] {
    const taken = new Set<string>();
    const inputs = edges.flatMap(({ of, how }, i): readonly Edge[] => {
      const from = this.#name(of);
      if (from === undefined || taken.has(from)) return [];
      taken.add(from);
      return [edgeOf(from, this.#name(of + 1) ?? from, how, `k${i}`)];
    });
    if (constant === "whole") return [...inputs, { const: numbers.length, key: "c" }];
    return constant === "each" ? [...inputs, { const: numbers, key: "cm", map: true }] : inputs;
  }

  #switch(id: string, recipe: Recipe): void {
    const value = this.#name(recipe.edges[0]?.of ?? 0);
    if (value === undefined) return;
    const map = recipe.mapped && { map: true };
    const cases = [0, 1].map((equals) => {
      const one: TaskCase = {
        id: `${id}c${equals}`,
        kind: "case",
        equals,
        inputs: [{ from: value, key: "value", ...map }],
      };
      const body: TaskCase = {
        id: `${id}b${equals}`,
        kind: "task",
        run: equals === 0 ? recipe.run : recipe.inner,
        inputs: [{ from: one.id, ...map }, ...(recipe.numbers.length > 1 ? [{ from: value, key: "x", ...map }] : [])],
        ...(equals === 0 && rules(recipe, [{ ...map }])),
      };
      return [one, body] as const;
    });
    this.tasks.push(...cases.flat());
    this.names.push(...cases.map(([, { id: body }]) => body));
    if (recipe.numbers.length > 2)
      this.#add({ id: `${id}m`, kind: "merge", inputs: cases.map(([, { id: from }]) => ({ from, ...map })) });
  }

  #resource(id: string, recipe: Recipe): void {
    const inputs = this.#refs(recipe)
      .slice(0, 1)
      .map((from) => ({ from, key: "a" }));
    this.tasks.push({
      id,
      kind: "resource",
      setup: recipe.inner,
      cleanup: recipe.mapped ? { op: "const", value: null } : { op: "fail", message: "msg-close" },
      inputs,
    });
    const uses = recipe.numbers.length % 2 === 0 ? [{ from: id, key: "x" }] : [];
    this.tasks.push({ id: `${id}u`, kind: "task", run: recipe.run, inputs: [...uses], in: id, ...rules(recipe, []) });
    this.names.push(`${id}u`);
  }
}

function edgeOf(from: string, other: string, how: EdgeRecipe["how"], key: string): Edge {
  switch (how) {
    case "order":
      return { from };
    case "each":
      return { from, key, map: true };
    case "each in order":
      return { from, map: true };
    case "each flat":
      return { from, key, map: true, flatten: true };
    case "flat":
      return { from, key, flatten: true };
    case "list":
      return { list: [{ from }, { const: 5 }, { from: other }], key };
    case "list each":
      return { list: [{ from }, { from: other }], key, map: true };
    case "dict":
      return { dict: { a: { from }, b: { const: 2 } }, key };
    default:
      return { from, key };
  }
}

function rules(
  { trigger, skipOnUpstreamSkip, maxRetries, handlers: given, cache }: Recipe,
  inputs: readonly Edge[],
): Partial<TaskCase> {
  // Children of one task, and tasks with one key, compute a value once here and each for itself there.
  const isMapped = inputs.some(({ map }) => map === true);
  return defined({
    trigger,
    skipOnUpstreamSkip: skipOnUpstreamSkip ? undefined : false,
    maxRetries: maxRetries === 0 ? undefined : maxRetries,
    handlers: given.length === 0 ? undefined : given,
    cacheFor: isMapped ? undefined : cache?.for,
    cacheValidator: isMapped ? undefined : cache?.by,
  });
}

/** Cases of any kind. Each ends by itself: nothing in them waits for a person. */
export const randomCases: fc.Arbitrary<Case> = fc
  .record({
    recipes: fc.array(recipes, { minLength: 1, maxLength: 9 }),
    references: fc.array(fc.nat(30), { maxLength: 2 }),
    chosen: fc.constantFrom(false, false, false, true),
    runs: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.array(fc.record({ p0: fc.option(fc.nat(3)), at: fc.constantFrom(0, 1, 3600) }), {
          minLength: 2,
          maxLength: 3,
        }),
      },
    ),
  })
  .map(({ recipes: list, references, chosen, runs }) => {
    const kitchen = new Kitchen();
    for (const recipe of list) kitchen.cook(recipe);
    const { tasks, names } = kitchen;
    const named = chosen ? [...new Set(references.flatMap((number) => names[number % names.length] ?? []))] : [];
    const takes = tasks.some(({ id }) => id === "p0");
    let now = 0;
    return defined({
      id: "random/0",
      group: "random",
      tasks,
      referenceTasks: named.length === 0 ? undefined : named,
      runs: runs?.map(({ p0, at }) => ({ at: (now += at), ...(takes && p0 !== null && { parameters: { p0 } }) })),
    });
  });
