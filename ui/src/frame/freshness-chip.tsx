/** How fresh the page is, always in view and never flattering. */
import { addresses } from "../addresses.ts";
import { wallOf } from "../format-time.ts";
import { useShortcut } from "../keys.ts";
import { connection, store, useFreshness, usePaused } from "../live/live.ts";
import type { Freshness } from "../live/live-stream.ts";
import { Link } from "../router.tsx";
import { useZone } from "../time.tsx";
import type { Words } from "../words/en.ts";
import { useWords } from "../words/words.tsx";

export function FreshnessChip() {
  const words = useWords();
  const zone = useZone();
  const freshness = useFreshness();
  const { paused } = usePaused();
  useShortcut(".", paused ? words.keys.goOn : words.keys.hold, toggle);
  const kind = paused ? "paused" : kindOf(freshness);
  return (
    <button
      type="button"
      className="chip freshness"
      data-freshness={kind}
      title={`${words.fresh.explain[kind]} (${paused ? words.fresh.goOn : words.fresh.pause}: .)`}
      aria-keyshortcuts="."
      aria-pressed={paused}
      onClick={toggle}
    >
      <span className="freshness-dot" />
      <span className="chip-text">{textOf(freshness, paused, words, zone)}</span>
    </button>
  );
}

/** Says it to screen readers, once per change. */
export function FreshnessVoice() {
  const words = useWords();
  const zone = useZone();
  const freshness = useFreshness();
  const { paused } = usePaused();
  return (
    <span className="unseen" role="status">
      {freshness.type === "connecting" ? "" : textOf(freshness, paused, words, zone)}
    </span>
  );
}

/** While paused: what came meanwhile, and the way back. */
export function PausedBar() {
  const words = useWords();
  const { paused, waiting } = usePaused();
  if (!paused) return null;
  return (
    <div className="paused-bar">
      <span>{words.fresh.explain.paused}</span>
      {waiting > 0 && <Link to={addresses.runs()}>{words.fresh.newer(waiting)}</Link>}
      <button type="button" className="button small" onClick={toggle}>
        {words.fresh.goOn}
      </button>
    </div>
  );
}

function toggle(): void {
  if (!store.isPaused) return store.pause();
  const tooMuch = store.goOn();
  store.touch("runs");
  if (tooMuch) connection.refetchAll();
}

type Kind = "connecting" | "live" | "polling" | "catchingUp" | "offline";

function kindOf(freshness: Freshness): Kind {
  if (freshness.type === "live") return freshness.by === "polling" ? "polling" : "live";
  return freshness.type === "catching-up" ? "catchingUp" : freshness.type;
}

function textOf(freshness: Freshness, paused: boolean, words: Words, zone: string): string {
  if (paused) return words.fresh.paused;
  if (freshness.type === "offline") return words.fresh.offline(wallOf(freshness.since, zone).time);
  const kind = kindOf(freshness);
  return kind === "offline" ? "" : words.fresh[kind];
}
