/** What is wrong with a flow file, as data: it is found in one process and told by another. */
import type { SourcePlace } from "../../runtime/report/stack-frames.ts";
import { recordOf } from "../../state/error-text.ts";
import { Refusal } from "./load-failure.ts";

export interface Complaint {
  readonly code: string;
  readonly message: string;
  /** Where, the innermost first. */
  readonly places: readonly SourcePlace[];
}

/** What a rehearsal says of one file. */
export interface Verdict {
  /** Undefined: it can be loaded. */
  readonly complaint?: Complaint | undefined;
  /** Nobody caught it: a file that was loaded before may have left it behind. */
  readonly stray?: boolean | undefined;
}

export function complaintOf(thrown: unknown): Complaint {
  if (thrown instanceof Refusal) {
    const { error, places } = thrown;
    return { code: error.code, message: error.message, places };
  }
  const { message, code = "FLOW_FILE_THREW" } = recordOf(thrown);
  return { code, message, places: [] };
}
