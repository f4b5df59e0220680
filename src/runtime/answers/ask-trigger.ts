/** Calls a custom trigger: what it says, signals or throws, within the time that handlers have too. */
import { formatMillis } from "../../base/duration.ts";
import { CaudalError } from "../../base/errors.ts";
import { isThenable } from "../../base/thenable.ts";
import type { TriggerAnswer } from "../../engine/event.ts";
import type { TriggerFunction, TriggerUpstream } from "../../ports/program.ts";
import { recordOf } from "../../state/error-text.ts";
import { isSignal } from "../../state/signal.ts";
import { type Patience, withinTime } from "./within-time.ts";

/** Answers at once where the trigger does. */
export function askTrigger(
  trigger: TriggerFunction | undefined,
  upstreams: readonly TriggerUpstream[],
  patience: Patience,
): TriggerAnswer | Promise<TriggerAnswer> {
  try {
    const said: unknown = trigger?.(upstreams) ?? true;
    if (!isThenable(said)) return answerOf(said);
    const { timeoutMs } = patience;
    const late = () => new CaudalError("TRIGGER_TIMEOUT", { afterMs: timeoutMs, after: formatMillis(timeoutMs) });
    return withinTime(Promise.resolve(said), patience, late).then(answerOf, failureOf);
  } catch (thrown) {
    return failureOf(thrown);
  }
}

function answerOf(said: unknown): TriggerAnswer {
  return signalled(said) ?? { kind: "said", run: Boolean(said) };
}

function failureOf(thrown: unknown): TriggerAnswer {
  return signalled(thrown) ?? { kind: "threw", error: recordOf(thrown) };
}

function signalled(said: unknown): TriggerAnswer | undefined {
  return isSignal(said) ? { kind: "signalled", signal: said.data } : undefined;
}
