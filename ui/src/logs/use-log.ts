/** A log book that is open while it is shown, and told what the stream tells. */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { connection, store, useListen } from "../live/live.ts";
import { LogBook, type LogFilter } from "./log-book.ts";

/** `lines`: how many the run had when it was fetched; the stream tells from there on. */
export function useLog(run: string, filter: LogFilter, lines: number): LogBook {
  const { level, task, attempt, q } = filter;
  const first = useRef({ run, lines });
  if (first.current.run !== run) first.current = { run, lines };
  useListen(`logs:${run}:${first.current.lines}`);
  const book = useMemo(
    () => new LogBook(run, { level, task, attempt, q } as LogFilter),
    [run, level, task, attempt, q],
  );
  useEffect(() => {
    void book.open();
    const leave = [
      store.onFrame((frame) => book.take(frame)),
      connection.onRefetch((topics) => {
        if (topics === "all" || topics.some((topic) => topic.startsWith(`logs:${run}`))) void book.refetch();
      }),
    ];
    return () => {
      book.close();
      for (const one of leave) one();
    };
  }, [book, run]);
  useSyncExternalStore(book.subscribe, () => book.version);
  return book;
}
