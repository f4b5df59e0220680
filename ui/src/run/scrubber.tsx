/** A run at any moment of its past: a slider over its history. Leaving it returns to what is true now. */
import { useEffect, useRef, useState } from "react";
import type { Instant } from "../../../src/server/contract.ts";
import { absolute, duration, wallOf } from "../format-time.ts";
import { useShortcut } from "../keys.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { useZone } from "../time.tsx";
import { useSpoken } from "../words/words.tsx";

export interface ScrubberProps {
  readonly from: Instant;
  readonly to: Instant;
  readonly at: Instant;
  /** When something changed, in order. */
  readonly moments: readonly Instant[];
  /** The history is longer than is read: moments after its end are not known. */
  readonly isCut: boolean;
  readonly onAt: (at: Instant) => void;
  readonly onLeave: () => void;
}

/** The whole run in so many steps of a tenth of a second. */
const PLAY_STEPS = 80;
const PLAY_MS = 100;

export function Scrubber({ from, to, at, moments, isCut, onAt, onLeave }: ScrubberProps) {
  const { words, language } = useSpoken();
  const zone = useZone();
  const { playing, toggle } = usePlay({ from, to, at, onAt });
  const before = moments.findLast((moment) => moment < at);
  const after = moments.find((moment) => moment > at);
  useShortcut("Escape", words.scrub.leave, onLeave);
  const wall = wallOf(at, zone);
  return (
    <section className="scrubber" aria-label={words.scrub.label}>
      <div className="row scrubber-buttons">
        <Button
          small
          kind="quiet"
          aria-label={words.scrub.before}
          title={words.scrub.before}
          disabledBecause={before === undefined ? words.scrub.first : undefined}
          onPress={() => onAt(before ?? from)}
        >
          <Icon name="back" />
        </Button>
        <Button
          small
          kind="quiet"
          aria-label={playing ? words.scrub.stop : words.scrub.play}
          title={playing ? words.scrub.stop : words.scrub.play}
          onPress={toggle}
        >
          <Icon name={playing ? "pause" : "play"} />
        </Button>
        <Button
          small
          kind="quiet"
          aria-label={words.scrub.after}
          title={words.scrub.after}
          disabledBecause={after === undefined ? words.scrub.last : undefined}
          onPress={() => onAt(after ?? to)}
        >
          <Icon name="chevron" />
        </Button>
      </div>
      <div className="scrubber-track">
        <Moments from={from} to={to} moments={moments} />
        <input
          type="range"
          min={from}
          max={to}
          value={at}
          step={1}
          aria-label={words.scrub.label}
          aria-valuetext={`${absolute(at, zone, language)}, ${words.scrub.since(duration(at - from, language))}`}
          onChange={({ target }) => onAt(Number(target.value))}
        />
      </div>
      <span className="scrubber-time">
        <strong title={absolute(at, zone, language)}>
          {wall.time}.{wall.millis}
        </strong>
        <span className="muted">+{duration(at - from, language)}</span>
      </span>
      <Button small onPress={onLeave}>
        {words.scrub.leave}
      </Button>
      {isCut && <p className="muted small-text scrubber-note">{words.scrub.cut}</p>}
    </section>
  );
}

/** More marks than this are a grey band. */
const MARKS_MAX = 400;

function Moments({ from, to, moments }: Pick<ScrubberProps, "from" | "to" | "moments">) {
  const every = Math.ceil(moments.length / MARKS_MAX);
  const shown = moments.filter((moment, place) => place % every === 0 && moment >= from && moment <= to);
  const path = shown.map((moment) => `M${((moment - from) / Math.max(1, to - from)) * 1000} 0v10`).join("");
  return (
    <svg className="scrubber-marks" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function usePlay({ from, to, at, onAt }: Pick<ScrubberProps, "from" | "to" | "at" | "onAt">) {
  const [playing, setPlaying] = useState(false);
  const latest = useRef({ at, to, onAt });
  latest.current = { at, to, onAt };
  useEffect(() => {
    if (!playing) return undefined;
    const step = Math.max(1, Math.round((latest.current.to - from) / PLAY_STEPS));
    const timer = window.setInterval(() => {
      const next = latest.current.at + step;
      latest.current.onAt(Math.min(next, latest.current.to));
      if (next >= latest.current.to) setPlaying(false);
    }, PLAY_MS);
    return () => window.clearInterval(timer);
  }, [playing, from]);
  const toggle = () => {
    if (!playing && at >= to) onAt(from);
    setPlaying(!playing);
  };
  return { playing, toggle };
}
