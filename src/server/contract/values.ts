/** Values: parts of what tasks and flows returned. */
import type { Json } from "./plain.ts";

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
