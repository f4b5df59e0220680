/** `docs/reference/states.md`: its table and its diagram, made from the table the engine goes by. */
import {
  type Family,
  type FlowState,
  isFinishedType,
  STATES,
  STATE_TYPES,
  type StateType,
} from "../../src/state/task-state.ts";

const MEANING: Readonly<Record<StateType, string>> = {
  Pending: "not begun: something before it is unfinished, or it waits its turn",
  Scheduled: "begins at an instant",
  Queued: "could begin, but waits for a limit, or for another computation of the same cache entry",
  Paused: "waits for a person",
  Retrying: 'failed, or said "not yet"; is tried again at an instant',
  Running: "the function is being called",
  Cancelling: "is to end; what runs is ending",
  Success: "done, with a result",
  Cached: "done, with a result from the cache, or one that was put there",
  Mapped: "a mapped task whose children are decided; how it went, they say",
  Skipped: "did not run, by a rule or by its own word; its result is null, unless the signal named one",
  Looped: "between two rounds of a loop",
  Failed: "threw an error, or was failed by a signal or a handler",
  TimedOut: "took longer than its timeout",
  TriggerFailed: "its trigger said no, so the function was not called",
  ValidationFailed: "what it took or returned is not what its schema says",
  Cancelled: "was cancelled before it could end by itself",
};

const OF_FLOWS: Readonly<Record<FlowState["type"], true>> = {
  Scheduled: true,
  Pending: true,
  Queued: true,
  Running: true,
  Paused: true,
  Cancelling: true,
  Success: true,
  Failed: true,
  TimedOut: true,
  Cancelled: true,
};

const FAMILIES = ["pending", "running", "success", "failed", "cancelled"] as const satisfies readonly Family[];

const ofFamily = (family: Family) => STATE_TYPES.filter((type) => STATES[type].family === family);

function table(): string {
  const rows = FAMILIES.flatMap(ofFamily).map((type) => {
    const { family, colour, glyph, next } = STATES[type];
    const cells = [
      `**${type}**`,
      glyph,
      `\`${colour}\``,
      family,
      isFinishedType(type) ? "yes" : "no",
      type in OF_FLOWS ? "yes" : "no",
      MEANING[type],
      next.length === 0 ? "nothing" : next.join(", "),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| state | glyph | colour | family | finished | of flow runs, too | what is true | what the engine may go to next |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function diagram(): string {
  const boxes = FAMILIES.flatMap((family) => [
    `  subgraph family_${family}["${family}"]`,
    ...ofFamily(family).map((type) => `    ${type}["${STATES[type].glyph} ${type}"]`),
    "  end",
  ]);
  const arrows = STATE_TYPES.flatMap((type) => STATES[type].next.map((next) => `  ${type} --> ${next}`));
  const colours = STATE_TYPES.map((type) => `  style ${type} stroke:${STATES[type].colour},stroke-width:3px`);
  return ["```mermaid", "flowchart LR", ...boxes, ...arrows, ...colours, "```"].join("\n");
}

/** The page with its table and its diagram as they should be. */
export function withStates(page: string): string {
  return [
    ["table", table()],
    ["diagram", diagram()],
  ].reduce((text, [name = "", made = ""]) => {
    const [begin, end] = [`<!-- ${name} -->\n\n`, `\n\n<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from)
      throw new Error(`the page has no place for its ${name}: ${begin.trim()} … ${end.trim()}`);
    return text.slice(0, from + begin.length) + made + text.slice(to);
  }, page);
}
