/**
 * A drawing of thousands of boxes is a carpet, and its layout takes minutes: above a limit boxes fold into one.
 *
 * In this order, each step only if the one before was not enough: groups from the inside out, siblings that call
 * the same task behind the same upstreams, chains, any siblings behind the same upstreams, everything at about the
 * same depth. The last step leaves at most 40 boxes of any graph, so folding always ends.
 */
import type { StateType } from "../state/task-state.ts";
import type { Arrow, Box, Picture } from "./picture.ts";
import { counted, printable } from "./printable.ts";
import { addStatus, mostUrgent, type NodeStatus } from "./status.ts";

export interface FoldLimits {
  readonly boxesMax: number;
  /** Layout time grows with arrows more than with boxes. */
  readonly arrowsMax: number;
}

/** design §13: "above some 800 visible boxes". 2,400 arrows lay out in about two seconds. */
export const FOLD_LIMITS: FoldLimits = { boxesMax: 800, arrowsMax: 2_400 };

/** How much is folded: only what has to be; groups too; or also calls that repeat and long chains. */
export type FoldLevel = "needed" | "groups" | "most";

/** Folded as a reader asked for, and further where it is still too large. */
export function foldTo(picture: Picture, level: FoldLevel, limits: FoldLimits = FOLD_LIMITS): Picture {
  const again = level === "most" ? [SAME_TASK, LONG_CHAINS, SAME_TASK] : [];
  const steps = level === "needed" ? [] : [...groupSteps(picture), ...again];
  return fold(
    steps.reduce((folded, step) => apply(step, folded), picture),
    limits,
  );
}

/** Classes of box indices that become one box each, and how such a box is described. */
interface Fold {
  readonly what: string;
  readonly classes: (picture: Picture) => readonly (readonly number[])[];
  readonly describe: (members: readonly Box[], picture: Picture) => Pick<Box, "name" | "detail" | "kin" | "group">;
}

/** The same picture if it is within the limits, else one that is, with a note saying so. */
export function fold(picture: Picture, limits: FoldLimits = FOLD_LIMITS): Picture {
  const fits = (some: Picture) => some.boxes.length <= limits.boxesMax && some.arrows.length <= limits.arrowsMax;
  const used = new Set<string>();
  let folded = picture;
  for (const step of stepsFor(picture)) {
    if (fits(folded)) break;
    const next = apply(step, folded);
    if (next.boxes.length === folded.boxes.length) continue;
    used.add(step.what);
    folded = next;
  }
  if (folded === picture) return picture;
  const note =
    `${counted(picture.boxes.length, "box", "boxes")} are drawn as ${folded.boxes.length.toLocaleString("en-US")}: ${Array.from(used).join(", ")} are folded into one box each, ` +
    `because a drawing has at most ${counted(limits.boxesMax, "box", "boxes")} and ${counted(limits.arrowsMax, "arrow")}`;
  return { ...folded, notes: [...picture.notes, note] };
}

function stepsFor(picture: Picture): readonly Fold[] {
  const more = [SAME_TASK, CHAINS, SAME_TASK, CHAINS, SAME_PLACE, CHAINS, sameDepth(200), sameDepth(40)];
  return [...groupSteps(picture), ...more];
}

/** From the inside out. */
function groupSteps({ groups }: Picture): readonly Fold[] {
  const depths = groups.reduce((most, group) => Math.max(most, group.depth + 1), 0);
  return Array.from({ length: depths }, (_, at) => foldGroups(depths - 1 - at));
}

function foldGroups(depth: number): Fold {
  return {
    what: "groups",
    classes: ({ boxes, groups }) =>
      classesBy(
        boxes,
        (box) => (box.group !== undefined && groups[box.group]?.depth === depth ? box.group : undefined),
        2,
      ),
    describe: (members, { groups }) => {
      const group = groups[members[0]?.group ?? -1];
      const inside = Array.from(new Set(members.map((box) => box.kin)))
        .sort()
        .join(" ");
      return {
        name: group?.name ?? "group",
        detail: tasksText(members),
        kin: `group of ${inside}`,
        group: group?.parent,
      };
    },
  };
}

const SAME_TASK: Fold = {
  what: "calls of the same task",
  classes: (picture) => siblings(picture, (box) => (isPlain(box) ? `${box.shape} ${box.kin}` : box.id)),
  describe: (members) => {
    const [first] = members;
    const alike = members.every((box) => box.members === 1) && first !== undefined;
    return {
      name: alike ? first.kin : nameList(members),
      detail: tasksText(members),
      kin: first?.kin ?? "",
      group: first?.group,
    };
  },
};

const SAME_PLACE: Fold = {
  what: "tasks with the same upstreams",
  classes: (picture) => siblings(picture, (box) => (isPlain(box) ? String(box.shape === "parameter") : box.id)),
  describe: (members) => ({
    name: nameList(members),
    detail: tasksText(members),
    kin: "siblings",
    group: members[0]?.group,
  }),
};

/** The last resort, which always ends: at most `steps` boxes are left. Neighbouring depths share one where there are more. */
function sameDepth(steps: number): Fold {
  return {
    what: "tasks at about the same depth",
    classes: (picture) => {
      const depths = depthsOf(picture);
      const deepest = depths.reduce((most, depth) => Math.max(most, depth), 0);
      return classesBy(picture.boxes, (_box, index) => Math.floor(((depths[index] ?? 0) * steps) / (deepest + 1)), 2);
    },
    describe: (members) => ({ name: nameList(members), detail: tasksText(members), kin: "depth", group: undefined }),
  };
}

const CHAINS: Fold = {
  what: "chains",
  classes: chains,
  describe: (members) => ({
    name: printable(`${members[0]?.name ?? ""} → … → ${members.at(-1)?.name ?? ""}`, 60),
    detail: `${tasksText(members)} in a row`,
    kin: `chain of ${members.map((box) => box.kin).join(" ")}`,
    group: members[0]?.group,
  }),
};

/** A short flow is not folded into one box. */
const LONG_CHAIN_MIN = 6;
const LONG_CHAINS: Fold = {
  ...CHAINS,
  classes: (picture) => chains(picture).filter(({ length }) => length >= LONG_CHAIN_MIN),
};

function isPlain(box: Box): boolean {
  return box.shape === "task" || box.shape === "mapped" || box.shape === "folded" || box.shape === "parameter";
}

function tasksText(members: readonly Box[]): string {
  const tasks = members.reduce((sum, box) => sum + box.members, 0);
  return tasks === 0 ? counted(members.length, "parameter") : counted(tasks, "task");
}

function nameList(members: readonly Box[]): string {
  const names = Array.from(new Set(members.slice(0, 50).map((box) => box.name)));
  return printable(names.slice(0, 2).join(", ") + (names.length > 2 ? ", …" : ""), 60);
}

/**
 * Boxes of one group that look alike from above: the same key, and upstreams that look alike themselves.
 * Colours are given upstream first, so that folding them makes no cycle.
 */
function siblings(picture: Picture, keyOf: (box: Box) => string): readonly (readonly number[])[] {
  const upstreams = upstreamsOf(picture);
  const colours: (number | undefined)[] = Array.from({ length: picture.boxes.length });
  const known = new Map<string, number>();
  for (const index of upstreamFirst(upstreams)) {
    const box = picture.boxes[index];
    if (box === undefined) continue;
    const above = Array.from(new Set((upstreams[index] ?? []).map((up) => colours[up] ?? -1))).sort((a, b) => a - b);
    const look = `${keyOf(box)}\n${box.group ?? ""}\n${above.join(" ")}`;
    const colour = known.get(look) ?? known.size;
    known.set(look, colour);
    colours[index] = colour;
  }
  return classesBy(picture.boxes, (_box, index) => colours[index], 3);
}

function depthsOf(picture: Picture): readonly number[] {
  const upstreams = upstreamsOf(picture);
  const depths: number[] = Array.from({ length: picture.boxes.length }, () => 0);
  for (const index of upstreamFirst(upstreams)) {
    for (const up of upstreams[index] ?? []) depths[index] = Math.max(depths[index] ?? 0, (depths[up] ?? 0) + 1);
  }
  return depths;
}

/** Runs of three or more boxes of one group, each the only neighbour of the next. */
function chains(picture: Picture): readonly (readonly number[])[] {
  const upstreams = upstreamsOf(picture);
  const downstreams: number[][] = picture.boxes.map(() => []);
  for (const [index, ups] of upstreams.entries()) for (const up of ups) downstreams[up]?.push(index);
  const next = (index: number): number | undefined => {
    const [only, ...others] = downstreams[index] ?? [];
    const box = picture.boxes[index];
    const after = only === undefined ? undefined : picture.boxes[only];
    const linked = only !== undefined && others.length === 0 && (upstreams[only] ?? []).length === 1;
    return linked &&
      box !== undefined &&
      after !== undefined &&
      isLink(box) &&
      isLink(after) &&
      box.group === after.group
      ? only
      : undefined;
  };
  const hasBefore = new Set(picture.boxes.map((_, index) => next(index)));
  const found: number[][] = [];
  for (const index of picture.boxes.keys()) {
    if (hasBefore.has(index)) continue;
    const chain = [index];
    for (let at = next(index); at !== undefined; at = next(at)) chain.push(at);
    if (chain.length >= 3) found.push(chain);
  }
  return found;
}

function isLink(box: Box): boolean {
  return isPlain(box) && box.shape !== "parameter";
}

function upstreamsOf(picture: Picture): readonly (readonly number[])[] {
  const indexOf = new Map(picture.boxes.map((box, index) => [box.id, index]));
  const upstreams = picture.boxes.map(() => new Set<number>());
  for (const arrow of picture.arrows) upstreams[indexOf.get(arrow.to) ?? -1]?.add(indexOf.get(arrow.from) ?? 0);
  return upstreams.map((ups) => Array.from(ups));
}

/** Upstream before downstream. Folding groups may make cycles: what is left of them comes last, by index. */
function upstreamFirst(upstreams: readonly (readonly number[])[]): readonly number[] {
  const missing = upstreams.map((ups) => ups.length);
  const downstreams: number[][] = upstreams.map(() => []);
  for (const [index, ups] of upstreams.entries()) for (const up of ups) downstreams[up]?.push(index);
  const order: number[] = [...missing.keys()].filter((index) => missing[index] === 0);
  for (let at = 0; at < order.length; at += 1) {
    for (const down of downstreams[order[at] ?? 0] ?? []) {
      missing[down] = (missing[down] ?? 0) - 1;
      if (missing[down] === 0) order.push(down);
    }
  }
  return [...order, ...[...missing.keys()].filter((index) => (missing[index] ?? 0) > 0)];
}

function classesBy<K>(
  boxes: readonly Box[],
  keyOf: (box: Box, index: number) => K | undefined,
  smallest: number,
): readonly (readonly number[])[] {
  const classes = new Map<K, number[]>();
  for (const [index, box] of boxes.entries()) {
    const key = keyOf(box, index);
    if (key === undefined) continue;
    const members = classes.get(key);
    if (members === undefined) classes.set(key, [index]);
    else members.push(index);
  }
  return [...classes.values()].filter((members) => members.length >= smallest);
}

/** The picture with each class as one box, at the place of its first member. */
function apply(step: Fold, picture: Picture): Picture {
  const into = new Map<number, Box>();
  for (const members of step.classes(picture)) {
    const boxes = members.flatMap((index) => picture.boxes[index] ?? []);
    const [first] = boxes;
    if (first === undefined) continue;
    const described = step.describe(boxes, picture);
    const box: Box = {
      ...described,
      id: first.id.startsWith("f") ? first.id : `f${first.id}`,
      shape: "folded",
      about: `${described.name}: ${described.detail}`,
      members: boxes.reduce((sum, member) => sum + member.members, 0),
      inside: boxes.flatMap((member) => member.inside ?? [member.id]),
      status: statusOf(boxes),
    };
    for (const index of members) into.set(index, box);
  }
  const boxes = new Set(picture.boxes.map((box, index) => into.get(index) ?? box));
  const ids = new Map(picture.boxes.map((box, index) => [box.id, (into.get(index) ?? box).id]));
  return { ...picture, boxes: [...boxes], arrows: joined(picture.arrows, ids) };
}

/** Arrows between the new boxes. Where boxes were folded, the labels of a pair share one arrow. */
function joined(arrows: readonly Arrow[], ids: ReadonlyMap<string, string>): readonly Arrow[] {
  const pairs = new Map<string, { readonly arrow: Arrow; readonly labels: Set<string> }>();
  for (const old of arrows) {
    const arrow = { ...old, from: ids.get(old.from) ?? old.from, to: ids.get(old.to) ?? old.to };
    if (arrow.from === arrow.to) continue;
    const moved = arrow.from !== old.from || arrow.to !== old.to;
    const key = `${arrow.from} ${arrow.to} ${arrow.kind}${moved || old.from.startsWith("f") || old.to.startsWith("f") ? "" : ` ${arrow.label}`}`;
    const pair = pairs.get(key) ?? { arrow, labels: new Set() };
    if (arrow.label !== "") pair.labels.add(arrow.label);
    pairs.set(key, pair);
  }
  const withData = new Set(
    Array.from(pairs.values(), ({ arrow }) => (arrow.kind === "data" ? `${arrow.from} ${arrow.to}` : "")),
  );
  const needed = [...pairs.values()].filter(
    ({ arrow }) => arrow.kind !== "order" || !withData.has(`${arrow.from} ${arrow.to}`),
  );
  return needed.map(({ arrow, labels }) => {
    const list = Array.from(labels);
    return {
      ...arrow,
      label:
        list.length <= 1
          ? (list[0] ?? "")
          : printable(list.slice(0, 3).join(", ") + (list.length > 3 ? ", …" : ""), 40),
    };
  });
}

function statusOf(boxes: readonly Box[]): NodeStatus | undefined {
  const children: Partial<Record<StateType, number>> = {};
  for (const box of boxes) if (box.status !== undefined) addStatus(children, box.status);
  const state = mostUrgent(children);
  return state === undefined ? undefined : { state, children };
}
