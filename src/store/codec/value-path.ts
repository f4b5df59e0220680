/** Where in a value something is, as JavaScript would reach it: `$.rows[3].client`, `$.get("id")`. */

export type Step =
  | string
  | number
  | symbol
  | { readonly of: "value" | "key" | "member"; readonly key: unknown; readonly index: number };

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const KEY_LENGTH_MAX = 60;
/** Of a longer path the start and the end are shown. */
const STEPS_SHOWN_MAX = 12;

export function pathText(steps: readonly Step[]): string {
  if (steps.length <= STEPS_SHOWN_MAX) return `$${steps.map(stepText).join("")}`;
  const [start, end] = [steps.slice(0, STEPS_SHOWN_MAX / 2), steps.slice(-STEPS_SHOWN_MAX / 2)];
  return `$${start.map(stepText).join("")} … ${end.map(stepText).join("")}`;
}

function stepText(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "symbol") return `[${String(step).slice(0, KEY_LENGTH_MAX)}]`;
  if (typeof step === "string") {
    return IDENTIFIER.test(step) && step.length <= KEY_LENGTH_MAX ? `.${step}` : `[${quoted(step)}]`;
  }
  switch (step.of) {
    case "value":
      return isShowable(step.key) ? `.get(${shown(step.key)})` : `.values()[${step.index}]`;
    case "key":
      return `.keys()[${step.index}]`;
    case "member":
      return `.values()[${step.index}]`;
  }
}

const quoted = (text: string) =>
  JSON.stringify(text.length > KEY_LENGTH_MAX ? `${text.slice(0, KEY_LENGTH_MAX)}…` : text);
const isShowable = (key: unknown) => typeof key === "string" || typeof key === "number" || typeof key === "boolean";
const shown = (key: unknown) => (typeof key === "string" ? quoted(key) : String(key));
