/** Handlers of cases, as state handlers. */
import { type FlowOptions, type FlowState, type State, type StateHandler, states } from "../../../src/index.ts";
import { signalOf } from "./behaviours.ts";
import type { BecomeState, HandlerCase } from "./case-format.ts";

/** The message of states that a handler made. */
const BY_HANDLER = "msg-handler";

/** What a terminal handler raised: with it the flow's state is the error, and there is no table of tasks. */
export const RAISED_AT_THE_END = "raised at the end";

function stateOf(become: BecomeState): State {
  const result = "result" in become ? { result: become.result } : {};
  switch (become.state) {
    case "Success":
      return states.success(become.result ?? null);
    case "Cached":
      return states.cached(become.result ?? null);
    case "Skipped":
      return { ...states.skipped(BY_HANDLER), ...result };
    case "Retrying":
      return states.retrying();
    case "Paused":
      return states.paused(BY_HANDLER);
    case "Cancelled":
      return states.cancelled();
    case "Failed":
    case "TriggerFailed":
    case "ValidationFailed":
      return { ...states.failed(BY_HANDLER), type: become.state, ...result };
    case "TimedOut":
      return { ...states.failed(BY_HANDLER), type: "TimedOut", afterMs: 0, ...result };
    default:
      return { type: become.state } as State;
  }
}

export function handlerOf(said: HandlerCase): StateHandler {
  return (_subject, _from, to) => {
    if (said.when !== undefined && said.when !== to.type) return;
    if (said.raise !== undefined) throw new Error(said.raise);
    if (said.signal !== undefined) {
      const signal = typeof said.signal === "string" ? { ...said, signal: said.signal } : said.signal;
      throw signalOf(signal.signal, signal.message, signal);
    }
    return said.become && stateOf(said.become);
  };
}

export function finalStateOf(said: HandlerCase): NonNullable<FlowOptions["finalState"]> {
  return (_flow, state) => {
    if (said.when !== undefined && said.when !== state.type) return;
    if (said.raise !== undefined) throw Object.assign(new Error(said.raise), { name: RAISED_AT_THE_END });
    return said.become && (stateOf(said.become) as FlowState);
  };
}
