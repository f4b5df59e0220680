/** Tells screen readers how a run goes on: a summary, at most every ten seconds, and its end at once. */
import { useEffect, useRef, useState } from "react";
import type { Progress, RunDetail } from "../../../src/server/contract.ts";
import { isOver } from "../look.ts";
import { useWords } from "../words/words.tsx";

const EVERY_MS = 10_000;

export function RunVoice({ run, progress }: { readonly run: RunDetail; readonly progress: Progress | undefined }) {
  const words = useWords();
  const [said, setSaid] = useState("");
  const saidAt = useRef(Number.NEGATIVE_INFINITY);
  const first = useRef("");
  const { finished = 0, total = 0, failed = 0 } = progress ?? {};
  const text = words.run.voice(words.states[run.state], finished, total, failed);
  const over = isOver(run.state);
  useEffect(() => {
    // What stood there when the page was opened is read with the page.
    if (first.current === "") first.current = text;
    if (text === first.current && saidAt.current === Number.NEGATIVE_INFINITY) return undefined;
    const say = () => {
      saidAt.current = performance.now();
      setSaid(text);
    };
    const wait = over ? 0 : saidAt.current + EVERY_MS - performance.now();
    const timer = window.setTimeout(say, Math.max(0, wait));
    return () => window.clearTimeout(timer);
  }, [text, over]);
  return (
    <span className="unseen" role="status">
      {said}
    </span>
  );
}
