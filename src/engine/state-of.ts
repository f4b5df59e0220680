/** States as plain data, made on demand from the run's tables, and taken apart again. */
import { unreachable } from "../base/assert.ts";
import type { ErrorRecord } from "../state/error-record.ts";
import type { TaskState } from "../state/task-state.ts";
import { countersOf, type Detail, detailOf, type Run, STATE_INDEX, typeOf } from "./run.ts";
import { listOfChildren } from "./values.ts";

const NO_DETAIL: Detail = {};
const NO_ERROR: ErrorRecord = { name: "Error", message: "no error was recorded" };

/** The state of a task run, now. */
export function stateOf(run: Run, slot: number): TaskState {
  const type = typeOf(run, slot);
  const detail = run.detail.get(slot) ?? NO_DETAIL;
  const why = detail.reason === undefined ? {} : { reason: detail.reason };
  switch (type) {
    case "Pending":
    case "Queued":
    case "Paused":
    case "Cancelling":
    case "Cancelled":
      return { type, ...why };
    case "Scheduled":
      return { type, startAt: detail.startAt ?? 0, ...why };
    case "Retrying":
      return { type, attempt: run.attempt[slot]! + 1, startAt: detail.startAt ?? 0, ...why };
    case "Running":
      return { type, attempt: run.attempt[slot]!, ...why };
    case "Success":
    case "Skipped":
      return { type, result: run.value[slot], ...why };
    case "Cached":
      return {
        type,
        result: run.value[slot],
        cache: detail.cache ?? { how: "stored", runId: run.id, storedAt: 0, expiresAt: undefined },
        ...why,
      };
    case "Mapped":
      return { type, children: run.childCount[slot]!, result: listOfChildren(run, slot), ...why };
    case "Looped": {
      const { rounds, loopValue } = countersOf(run, slot);
      return { type, count: rounds, result: loopValue, startAt: detail.startAt ?? 0, ...why };
    }
    case "Failed":
    case "TriggerFailed":
    case "ValidationFailed":
      return { type, error: detail.error ?? NO_ERROR, ...(detail.hasResult && { result: run.value[slot] }), ...why };
    case "TimedOut":
      return { type, error: detail.error ?? NO_ERROR, afterMs: detail.afterMs ?? 0, ...why };
    default:
      return unreachable(type);
  }
}

/** Puts a state into the tables. Fields of the state before that no longer hold are dropped. */
export function writeState(run: Run, slot: number, state: TaskState): void {
  run.state[slot] = STATE_INDEX[state.type];
  if (run.detail.size > 0) run.detail.delete(slot);
  if (state.reason !== undefined) detailOf(run, slot).reason = state.reason;
  switch (state.type) {
    case "Success":
    case "Skipped":
      run.value[slot] = state.result;
      return;
    case "Cached":
      run.value[slot] = state.result;
      detailOf(run, slot).cache = state.cache;
      return;
    case "Failed":
    case "TriggerFailed":
    case "ValidationFailed": {
      const hasResult = "result" in state;
      const error = state.error ?? NO_ERROR; // a handler may have left it out
      Object.assign(detailOf(run, slot), { error, hasResult });
      run.value[slot] = hasResult ? state.result : error;
      return;
    }
    case "TimedOut": {
      const error = state.error ?? NO_ERROR;
      Object.assign(detailOf(run, slot), { error, afterMs: state.afterMs });
      run.value[slot] = error;
      return;
    }
    case "Scheduled":
    case "Retrying":
    case "Looped":
      detailOf(run, slot).startAt = state.startAt;
      return;
    case "Cancelled":
      run.value[slot] = null;
      return;
    case "Pending":
    case "Queued":
    case "Paused":
    case "Running":
    case "Cancelling":
    case "Mapped":
      return;
    default:
      unreachable(state);
  }
}
