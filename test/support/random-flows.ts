/**
 * Random flows for properties: graphs as sketches, and what their bodies do. A recipe names upstreams by numbers
 * that are taken modulo what stands before it, so that every recipe is a flow and shrinks to a small one.
 */
import fc from "fast-check";
import type { Outcome } from "../../src/engine/event.ts";
import type { TriggerRule } from "../../src/graph/graph.ts";
import type { Behave } from "./world.ts";
import { returned, signalled, threw } from "./world.ts";
import type { NodeSketch } from "./graphs.ts";

/** What a body does, in a word; the same in every order of settling. */
export const DEEDS = [
  "works",
  "fails",
  "skips",
  "fails once",
  "fails twice",
  "not yet",
  "loops",
  "says success",
] as const;
export type Deed = (typeof DEEDS)[number];
const LISTS = ["list 0", "list 1", "list 3"] as const;

export interface Recipe {
  readonly of: readonly number[];
  readonly after: readonly number[];
  readonly deed: Deed | (typeof LISTS)[number];
  readonly trigger: TriggerRule;
  readonly skipOnUpstreamSkip: boolean;
  readonly retries: number;
  readonly asksHandlers: boolean;
  readonly cached: boolean;
  readonly limited: boolean;
  readonly mapped: "no" | "each" | "each flat";
  readonly shape: "task" | "switch" | "merge";
  readonly priority: number;
}

export interface RandomFlow {
  readonly sketches: readonly NodeSketch[];
  readonly deeds: ReadonlyMap<string, Recipe["deed"]>;
}

const triggers: fc.Arbitrary<TriggerRule> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<TriggerRule>({ kind: "all_successful" }) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("all_failed", "any_successful", "any_failed", "all_finished", "not_all_skipped", "custom" as const)
      .map((kind) => ({ kind })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("some_failed", "some_successful" as const),
      atLeast: fc.option(fc.nat(2), { nil: undefined }),
      atMostShare: fc.option(fc.constantFrom(0.4, 0.5, 1), { nil: undefined }),
    }),
  },
);

const plain = {
  of: fc.array(fc.nat(30), { maxLength: 3 }),
  after: fc.array(fc.nat(30), { maxLength: 1 }),
  trigger: triggers,
  skipOnUpstreamSkip: fc.boolean(),
  retries: fc.nat(2),
};

/** Everything the engine knows: mapping, branches, handlers, caches, custom triggers. */
const anyRecipe: fc.Arbitrary<Recipe> = fc.record({
  ...plain,
  deed: fc.constantFrom(...DEEDS, ...LISTS, ...LISTS),
  asksHandlers: fc.boolean(),
  cached: fc.boolean(),
  limited: fc.boolean(),
  mapped: fc.constantFrom("no", "no", "each", "each", "each flat"),
  shape: fc.constantFrom("task", "task", "task", "task", "switch", "merge"),
  priority: fc.integer({ min: -1, max: 1 }),
});

/** Plain tasks only. */
const plainRecipe: fc.Arbitrary<Recipe> = fc.record({
  ...plain,
  deed: fc.constantFrom(...DEEDS),
  asksHandlers: fc.constant(false),
  cached: fc.boolean(),
  limited: fc.boolean(),
  mapped: fc.constant("no"),
  shape: fc.constant("task"),
  priority: fc.constant(0),
});

/** The names a recipe may take as upstreams, newest last. */
function pick(names: readonly string[], numbers: readonly number[]): string[] {
  if (names.length === 0) return [];
  return [...new Set(numbers.map((number) => names[names.length - 1 - (number % names.length)] ?? ""))];
}

function cook(recipes: readonly Recipe[]): RandomFlow {
  const sketches: NodeSketch[] = [];
  const names: string[] = [];
  const deeds = new Map<string, Recipe["deed"]>();
  for (const recipe of recipes) {
    const name = `t${names.length}`;
    const ups = pick(names, recipe.of);
    const rules = {
      trigger: recipe.trigger,
      skipOnUpstreamSkip: recipe.skipOnUpstreamSkip,
      retries: recipe.retries,
      asksHandlers: recipe.asksHandlers,
      priority: recipe.priority,
      ...(recipe.cached && { cacheForMs: 1_000 }),
      ...(recipe.limited && recipe.shape === "task" && { limits: ["db"] }),
    };
    const after = pick(names, recipe.after);
    if (recipe.shape === "switch" && ups[0] !== undefined) sketches.push(...switchOn(name, ups[0], recipe));
    else if (recipe.shape === "merge" && ups.length > 0)
      sketches.push({
        name,
        of: ups,
        kind: "merge",
        rules: { ...rules, ...CONTROL, trigger: { kind: "not_all_skipped" } },
      });
    else if (recipe.mapped !== "no" && ups.length > 0) {
      const [first = "", ...rest] = ups;
      sketches.push({
        name,
        of: [`${recipe.mapped} ${first}`, ...rest],
        after,
        mapped: true,
        rules: { ...rules, mapLengths: "shortest" },
      });
    } else sketches.push({ name, of: ups, after, rules });
    deeds.set(name, recipe.deed);
    names.push(name);
  }
  return { sketches, deeds };
}

const CONTROL = { skipOnUpstreamSkip: false, retries: 0 } as const;

/** A branch with two cases of one task each, and what it gives. */
function switchOn(name: string, value: string, { asksHandlers }: Recipe): NodeSketch[] {
  const branch = `${name}.branch`;
  const cases = ["a", "b"];
  return [
    { name: branch, of: [value], kind: "branch", cases, rules: { asksHandlers } },
    ...cases.map((key) => ({ name: `${name}.${key}`, of: [value], caseOf: { branch, key }, rules: { asksHandlers } })),
    { name, of: cases.map((key) => `${name}.${key}`), kind: "choose", cases, branchOf: branch, rules: CONTROL },
  ];
}

export const randomFlows: fc.Arbitrary<RandomFlow> = fc.array(anyRecipe, { minLength: 1, maxLength: 12 }).map(cook);
export const plainFlows: fc.Arbitrary<RandomFlow> = fc.array(plainRecipe, { minLength: 1, maxLength: 10 }).map(cook);

/** What the bodies of a random flow do. Texts are `a` or `b`, so that branches have something to choose by. */
export function behaviourOf({ deeds }: RandomFlow): Behave {
  const rounds = new Map<string, number>();
  return (name, attempt): Outcome => {
    const deed = deeds.get(name.replace(/\[\d+\]$/, "")) ?? "works";
    const letter = name.length % 2 === 0 ? "a" : "b";
    const round = (rounds.get(name) ?? 0) + 1;
    rounds.set(name, round);
    switch (deed) {
      case "works":
        return returned(letter);
      case "fails":
        return threw(`${name} is broken`, 10);
      case "skips":
        return signalled({ kind: "skip", why: undefined, result: null });
      case "says success":
        return signalled({ kind: "success", result: letter, hasResult: true });
      case "fails once":
        return attempt === 1 ? threw(`${name} is broken`) : returned(letter);
      case "fails twice":
        return attempt <= 2 ? threw(`${name} is broken`, 5) : returned(letter);
      case "not yet":
        return attempt <= 2 ? signalled({ kind: "retry", inMs: 7, at: undefined }) : returned(letter);
      case "loops":
        return round <= 2 ? signalled({ kind: "loop", value: round, inMs: round === 1 ? 0 : 3 }) : returned(letter);
      default:
        return returned(
          Array.from({ length: Number(deed.slice("list ".length)) }, (_, i) => (i % 2 === 0 ? "a" : ["b", "a"])),
        );
    }
  };
}
