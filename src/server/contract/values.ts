/** Values: parts of what tasks and flows returned. */
import type { Json } from "./plain.ts";
import type { StateType } from "./states.ts";

/** A value as JSON, cut where it is large: at most 64 KiB, depth 6, 100 members a level. */
export interface ValuePreview {
  /** `text`, `number`, `list of 12`, `object with 3 members`, `Date`, … */
  readonly type: string;
  /** Of its JSON, in bytes; absent where it is too large to be counted for a preview. */
  readonly bytes?: number;
  /** Dates, Maps and the like as `{ "$type": "Date", "value": … }`; parts that were cut as `{ "$cut": … }`. */
  readonly value: Json;
  /** Something was cut: ask for a slice. */
  readonly cut: boolean;
  /** `kept`: it can be asked for whole. `derived`, `not-kept`: it cannot. */
  readonly kept: "kept" | "derived" | "not-kept";
}

export interface ValueSlice extends ValuePreview {
  /** The JSON pointer it stands at. */
  readonly at: string;
  /** Of a list, an object or a text: how many members it has, and from which on they are here. */
  readonly length?: number;
  readonly offset: number;
}

/** What an edge carries, without the values themselves. */
export interface CarriedValues {
  /** Slugs of nodes. */
  readonly from: string;
  readonly to: string;
  /** Of the node it comes from. */
  readonly state: StateType;
  /** How many values are taken: 0 where it is only the order, or a case. At most 20 are told. */
  readonly carries: number;
  /** Empty too where there is nothing yet. */
  readonly values: readonly CarriedValue[];
}

export interface CarriedValue extends Pick<ValuePreview, "bytes" | "kept"> {
  /** Of the argument. */
  readonly label: string;
  /** As of a preview; "" where it is not known. Of a failure, the name of its error. */
  readonly type: string;
  /** Mapped over: each child gets one element of it. */
  readonly each: boolean;
  /** JSON pointer to the member that is taken; absent: all of it. */
  readonly path?: string;
}
