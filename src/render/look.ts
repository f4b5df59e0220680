/** Colours of the drawings. States bring their own (`STATES`); text on them is darkened until it can be read. */
import { STATES, type StateType } from "../state/task-state.ts";
import type { Shape } from "./picture.ts";

export const INK = {
  paper: "#ffffff",
  text: "#1b2432",
  muted: "#64748b",
  label: "#475569",
  arrow: "#7c8aa0",
  order: "#94a3b8",
  cluster: "#f6f8fb",
  clusterLine: "#d5dde8",
} as const;

export interface Paint {
  readonly fill: string;
  readonly stroke: string;
  /** For words on `fill`: a contrast of at least 4.5. */
  readonly word: string;
}

const SHAPES = {
  task: { fill: "#f3f7fe", stroke: "#6f8fc4", word: INK.text },
  mapped: { fill: "#eefaf6", stroke: "#4f9f8a", word: INK.text },
  branch: { fill: "#fff8e8", stroke: "#c79a3e", word: INK.text },
  choose: { fill: "#f8fafc", stroke: "#94a3b8", word: INK.label },
  merge: { fill: "#f8fafc", stroke: "#94a3b8", word: INK.label },
  parameter: { fill: "#f8f4ff", stroke: "#a48bd0", word: INK.text },
  folded: { fill: "#f4f6f8", stroke: "#7b8797", word: INK.text },
} as const satisfies Record<Shape, Paint>;

export function paintOf(shape: Shape, state: StateType | undefined): Paint {
  if (state === undefined) return SHAPES[shape];
  const colour = STATES[state].colour;
  const fill = mix(colour, "#ffffff", 0.86);
  return { fill, stroke: mix(colour, "#000000", 0.12), word: INK.text };
}

/** The state's colour as a word's colour on `fill`, darkened until the contrast is 4.5 (WCAG 2.2, 1.4.3). */
export function wordColour(state: StateType, fill: string): string {
  let colour: string = STATES[state].colour;
  while (contrast(colour, fill) < 4.5) colour = mix(colour, "#000000", 0.08);
  return colour;
}

/** WCAG 2.2 contrast ratio, 1…21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function mix(colour: string, other: string, share: number): string {
  const from = channels(colour);
  const to = channels(other);
  return `#${from
    .map((value, at) =>
      Math.round(value + ((to[at] ?? 0) - value) * share)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channels(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
