/** Starting runs from the page: once per intention, and on to the run as soon as it exists. */
import { useCallback, useState } from "react";
import type { RunDetail, StartRun } from "../../../src/server/contract.ts";
import { addresses } from "../addresses.ts";
import { client } from "../api/client.ts";
import { ApiProblem, type Trouble, troubleOf } from "../api/problem.ts";
import { resources } from "../api/resources.ts";
import { keepSnapshot, knownSnapshot } from "../api/use-snapshot.ts";
import { plainGraphView } from "../graph/use-graph-view.ts";
import { notify } from "../notices.ts";
import { navigate } from "../router.tsx";
import { useWords } from "../words/words.tsx";

/** A second press within this time is the same wish: it gets the same run. */
const SAME_WISH_MS = 2_000;

const wishes = new Map<string, { readonly key: string; readonly at: number }>();

/** The key of what is wished for now: pressed twice, it is the same. */
export function wishFor(flow: string): string {
  const last = wishes.get(flow);
  if (last !== undefined && performance.now() - last.at < SAME_WISH_MS) return last.key;
  const key = `page-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  wishes.set(flow, { key, at: performance.now() });
  return key;
}

export async function startRun(flow: string, body: StartRun = {}): Promise<RunDetail> {
  const run = await client.post(resources.startRun(flow), { ...body, idempotencyKey: wishFor(flow) });
  keepSnapshot(resources.run(run.id), run);
  keepGraph(run);
  return run;
}

/** The page of the flow has drawn it: that of its run need not wait for it. */
function keepGraph({ id, flow, fingerprint }: RunDetail): void {
  const view = plainGraphView();
  const graph = knownSnapshot(resources.flowGraph(flow, view));
  if (graph?.fingerprint === fingerprint) keepSnapshot(resources.runGraph(id, view), graph);
}

/** Starts with the defaults and goes to the run; where parameters are missing, goes to the form. */
export function useRunNow(): { readonly run: (flow: string) => void; readonly starting: string | undefined } {
  const words = useWords();
  const [starting, setStarting] = useState<string>();
  const run = useCallback(
    (flow: string) => {
      setStarting(flow);
      startRun(flow)
        .then(({ id, name }) => {
          notify({ kind: "done", text: words.flow.started(name), to: addresses.run(id) });
          navigate(addresses.run(id));
        })
        .catch((error: unknown) => {
          const trouble = troubleOf(error);
          if (asksForParameters(trouble)) navigate(addresses.flow(flow, "run"));
          else notify({ kind: "error", text: textOf(trouble, words.trouble.noAnswer) });
        })
        .finally(() => setStarting(undefined));
    },
    [words],
  );
  return { run, starting };
}

function asksForParameters(trouble: Trouble): boolean {
  return trouble instanceof ApiProblem && trouble.problem.fields !== undefined;
}

export function textOf(trouble: Trouble, noAnswer: string): string {
  return trouble instanceof ApiProblem ? `${trouble.problem.code}: ${trouble.problem.detail}` : noAnswer;
}
