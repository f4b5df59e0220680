/** The moment a run is shown at, and the part of its time that is looked at: both in the address. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import { iso } from "../format-time.ts";
import { useQuery, useSetQuery } from "../router.tsx";
import { runAt } from "./run-at.ts";
import type { HistoryRead } from "./use-history.ts";
import type { RunState } from "./use-run.ts";

/** Browsers refuse addresses that change too often, so one that is dragged is written a moment later. */
const WRITTEN_MS = 200;

/** Undefined: as it is now. */
export function useMoment(): readonly [at: Instant | undefined, setAt: (at: Instant | undefined) => void] {
  const query = useQuery();
  const setQuery = useSetQuery();
  const given = instantFrom(query.get("at"));
  const [dragged, setDragged] = useState<Instant>();
  const timer = useRef<number>(undefined);
  // The address moved otherwise, by Back: it says what is shown.
  useEffect(() => setDragged(given), [given]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const setAt = (next: Instant | undefined) => {
    window.clearTimeout(timer.current);
    setDragged(next);
    const write = () => setQuery({ at: next === undefined ? undefined : iso(next) }, { replace: true });
    if (next === undefined || given === undefined) write();
    else timer.current = window.setTimeout(write, WRITTEN_MS);
  };
  return [given === undefined ? undefined : (dragged ?? given), setAt];
}

/** What the page shows of a run at a moment; the run as it is now where there is none, or none is known. */
export function useShownAt<State extends RunState>(
  state: State,
  { events, isCut }: HistoryRead,
  at: Instant | undefined,
): State {
  const { run, taskRuns } = state;
  const moment = isCut && (at ?? 0) > (events.at(-1)?.at ?? 0) ? undefined : at;
  const then = useMemo(
    () =>
      run === undefined || moment === undefined ? undefined : runAt({ run, taskRuns, history: events, at: moment }),
    [run, taskRuns, events, moment],
  );
  if (then === undefined || run === undefined) return state;
  const { endedAt, startedAt, ...rest } = run;
  const isBegun = startedAt !== undefined && startedAt <= (moment ?? 0);
  const isEnded = endedAt !== undefined && endedAt <= (moment ?? 0);
  return {
    ...state,
    run: { ...rest, state: then.state, ...(isBegun ? { startedAt } : {}), ...(isEnded ? { endedAt } : {}) },
    taskRuns: then.taskRuns,
    byId: new Map(then.taskRuns.map((taskRun) => [taskRun.id, taskRun])),
    progress: then.progress,
  };
}

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** `?span=FROM..TO`: of the time axis. Undefined: all of it. */
export function useSpan(): readonly [span: Span | undefined, setSpan: (span: Span | undefined) => void] {
  const text = useQuery().get("span");
  const setQuery = useSetQuery();
  return [
    spanFrom(text),
    (span) => setQuery({ span: span === undefined ? undefined : `${iso(span.from)}..${iso(span.to)}` }),
  ];
}

function spanFrom(text: string | null): Span | undefined {
  const [from, to] = (text ?? "").split("..").map(instantFrom);
  return from === undefined || to === undefined || from >= to ? undefined : { from, to };
}

function instantFrom(text: string | null): Instant | undefined {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
