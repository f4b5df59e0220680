/**
 * Errors with a code. The registry of codes and sentences is `error-sentences.ts`; `docs/reference/errors.md` has a
 * heading for each code, and a test holds both lists equal.
 */
import { type ErrorCode, type ErrorData, sentenceOf } from "./error-sentences.ts";

/** An error with a code from the registry. `data` holds what the sentence was made of. */
export class CaudalError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "CaudalError";
  readonly code: C;
  readonly data: ErrorData<C>;

  constructor(code: C, data: ErrorData<C>, options?: { readonly cause?: unknown }) {
    super(sentenceOf(code, data), options);
    this.code = code;
    this.data = data;
  }
}

export function isCaudalError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is CaudalError<C> {
  try {
    return error instanceof CaudalError && (code === undefined || error.code === code);
  } catch {
    return false; // a revoked proxy: whatever it was, it is none of ours
  }
}
