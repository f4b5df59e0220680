/** The way into a run's past, and the slider while one is there. */
import { useMemo } from "react";
import type { Instant, RunDetail } from "../../../src/server/contract.ts";
import { useShortcut } from "../keys.ts";
import { useNow } from "../live/live.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useWords } from "../words/words.tsx";
import { momentsOf } from "./run-at.ts";
import { Scrubber } from "./scrubber.tsx";
import type { HistoryRead } from "./use-history.ts";

export interface RunScrubberProps {
  readonly run: RunDetail;
  readonly history: HistoryRead;
  readonly at: Instant;
  readonly onAt: (at: Instant | undefined) => void;
}

export function RunScrubber({ run, history, at, onAt }: RunScrubberProps) {
  const now = useNow(run.endedAt === undefined);
  const moments = useMemo(() => momentsOf(history.events), [history.events]);
  const from = Math.min(run.startedAt ?? run.createdAt, moments[0] ?? run.createdAt);
  const to = Math.max(run.endedAt ?? now, moments.at(-1) ?? 0);
  return (
    <Scrubber
      from={from}
      to={to}
      at={Math.min(to, Math.max(from, at))}
      moments={moments}
      isCut={history.isCut}
      onAt={onAt}
      onLeave={() => onAt(undefined)}
    />
  );
}

/** Begins where the run is now, so that nothing jumps. */
export function Replay({
  run,
  at,
  onAt,
}: Pick<RunScrubberProps, "run" | "onAt"> & { readonly at: Instant | undefined }) {
  const words = useWords();
  const now = useNow(false);
  const toggle = () => onAt(at === undefined ? (run.endedAt ?? now) : undefined);
  const none = run.startedAt === undefined;
  useShortcut("h", words.scrub.open, toggle, none);
  return (
    <Button
      small
      keys="h"
      aria-pressed={at !== undefined}
      disabledBecause={none ? words.gantt.none : undefined}
      onPress={toggle}
    >
      <Icon name="history" />
      <span className="wide-word">{words.scrub.open}</span>
    </Button>
  );
}
