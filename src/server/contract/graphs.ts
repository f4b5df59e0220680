/** Graphs of flows, and where everything stands in a drawing. */

/** The graph and where everything stands in a drawing of it: px, y grows downwards, the same as `visualize` draws. */
export interface FlowGraph {
  readonly flow: string;
  readonly fingerprint: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly layout: GraphLayout;
}

export interface GraphNode {
  /** Also the `id` of its task run. */
  readonly slug: string;
  readonly name: string;
  readonly kind: "task" | "branch" | "choose" | "merge" | "filter";
  readonly mapped: boolean;
  /** Index in `FlowDetail.taskOptions` of the same version. */
  readonly task: number;
  readonly caseOf?: { readonly branch: string; readonly key: string };
  readonly resource?: "setup" | "cleanup";
  readonly groups: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "data" | "order" | "case";
  /** The argument's name, or the case's key; "" for none. */
  readonly label: string;
}

/** Which way arrows go: from top to bottom, or from left to right. */
export type GraphDirection = "down" | "right";

/** How a graph is to be drawn. */
export interface GraphView {
  /** Absent: the one whose drawing is nearer to the shape of a page. */
  readonly direction?: GraphDirection;
  /** What stands in one box: what has to, groups too, or also calls that repeat and long chains. Default `needed`. */
  readonly fold?: "needed" | "groups" | "most";
}

export interface GraphLayout {
  readonly direction: GraphDirection;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly LayoutBox[];
  readonly arrows: readonly LayoutArrow[];
  /** Upper left corners. Outer groups first. */
  readonly groups: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** Frames around boxes that share their arrows. Upper left corners. */
  readonly frames: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  /** What the reader must know: that it is folded. */
  readonly notes: readonly string[];
}

/** `x`, `y`: the middle. */
export interface LayoutBox {
  readonly id: string;
  readonly shape: "task" | "mapped" | "branch" | "choose" | "merge" | "parameter" | "folded";
  readonly name: string;
  /** A second, smaller line; "" for none. */
  readonly detail: string;
  readonly about: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Slugs of the nodes it stands for: one, several for `folded`, none for `parameter`. */
  readonly nodes: readonly string[];
}

export interface LayoutArrow {
  /** Ids of boxes. */
  readonly from: string;
  readonly to: string;
  readonly kind: "data" | "order" | "case";
  readonly label: string;
  /** Bézier curves, absolute: a start, then three points per piece. */
  readonly curve: readonly Point[];
  readonly tip: Point;
  /** The middle of the label. */
  readonly labelAt?: Point;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}
