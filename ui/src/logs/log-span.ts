/** Which rows of a log lie in a span of time. Lines are in the order they were kept in, so two searches find it. */
import { useMemo } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import type { LogBook } from "./log-book.ts";

export interface LogSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** Rows from `first` to before `end`. */
export interface Inside {
  readonly first: number;
  readonly end: number;
}

/** Undefined: everything is; or it is not known yet, and what is missing has been asked for. */
export function useInside(book: LogBook, span: LogSpan | undefined): Inside | undefined {
  const { version } = book;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that lines came
  return useMemo(() => (span === undefined ? undefined : insideOf(book, span)), [book, span?.from, span?.to, version]);
}

type Lines = Pick<LogBook, "count" | "at" | "need">;

export function insideOf(book: Lines, { from, to }: LogSpan): Inside | undefined {
  const first = firstRow(book, (at) => at >= from);
  const end = firstRow(book, (at) => at > to);
  return first === undefined || end === undefined ? undefined : { first, end };
}

/** The first row whose line fits, where all after it fit as well. */
function firstRow(book: Lines, fits: (at: Instant) => boolean): number | undefined {
  let [least, most] = [0, book.count];
  while (least < most) {
    const middle = (least + most) >>> 1;
    const line = book.at(middle);
    if (line === undefined) {
      book.need(middle, middle);
      return undefined;
    }
    if (fits(line.at)) most = middle;
    else least = middle + 1;
  }
  return least;
}
