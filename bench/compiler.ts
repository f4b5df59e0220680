/** The compiler's work for flows, in instantiations: the same number on every machine. */
import { compilerWork } from "../test/support/compiler-work.ts";
import { atMost, type Figure, isWanted, type Wish } from "./figure.ts";

const TOTAL_SHAPES = ["plain", "async, with interfaces"] as const;
const STEPS = 200;
const STEPS_MANY = 1_000;

export function typeFigures(wish: Wish): readonly Figure[] {
  const totalOf = (shape: string) => `types: instantiations at ${STEPS} steps, ${shape}`;
  const perStep = "types: instantiations per step, the dearest kind";
  if (![...TOTAL_SHAPES.map(totalOf), perStep].some((what) => isWanted(wish, what))) return [];
  using work = compilerWork("bench");
  const totals = TOTAL_SHAPES.map((shape) => {
    const value = work.of(shape, STEPS);
    return { what: totalOf(shape), value, shown: value.toLocaleString("en"), target: atMost(10_000, "") };
  });
  const slopes = work.shapes.map((shape) => ({
    shape,
    value: (work.of(shape, STEPS_MANY) - work.of(shape, STEPS)) / (STEPS_MANY - STEPS),
  }));
  const dearest = slopes.reduce((a, b) => (b.value > a.value ? b : a));
  const shown = slopes.map(({ shape, value }) => `${shape.split(",")[0]} ${value.toFixed(0)}`).join(", ");
  return [...totals, { what: perStep, value: dearest.value, shown, target: atMost(80, "") }].filter(({ what }) =>
    isWanted(wish, what),
  );
}
