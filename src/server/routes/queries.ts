/** What stands behind `?`: texts, read into what they mean. */
import * as z from "zod";

const STATES = [
  ...(["Pending", "Scheduled", "Queued", "Paused", "Retrying", "Running", "Cancelling", "Success", "Cached"] as const),
  ...(["Mapped", "Skipped", "Looped", "Failed", "TimedOut", "TriggerFailed", "ValidationFailed", "Cancelled"] as const),
] as const;

export const stateType = z.enum(STATES);

/** A whole number written as text. */
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`)
    .meta({ type: "integer", minimum: least, maximum: most });

export const limit = (most = 200) => whole(1, most).exactOptional();
export const after = z.string().max(64).exactOptional();
export const text = (most = 200) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((given) => !given.includes("\0"), "must not hold the character NUL");

/** `Failed,TimedOut` */
export const states = z
  .string()
  .max(300)
  .transform((given) => given.split(",").map((name) => name.trim()))
  .pipe(z.array(stateType))
  .exactOptional();

const SPAN = /^(\d{1,6})(s|m|h|d)$/;
const MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const INSTANT_MAX = 8_640_000_000_000_000;

export interface Started {
  /** Counted back from now. */
  readonly backMs?: number;
  readonly from?: number;
  readonly to?: number;
}

/** `24h`, or `FROM..TO` in ISO 8601 with an offset; either end may be left away. */
export const started = z
  .string()
  .max(80)
  .transform((given, context): Started => {
    const span = SPAN.exec(given);
    if (span !== null) return { backMs: Number(span[1]) * MS[span[2] as keyof typeof MS] };
    const [from = "", to = "", ...rest] = given.split("..");
    const ends = [from, to].map((end) => (end === "" ? undefined : instantOf(end)));
    if (!given.includes("..") || rest.length > 0 || ends.includes(Number.NaN)) {
      context.addIssue({
        code: "custom",
        message: "must be a time such as 24h, or FROM..TO in ISO 8601 with an offset",
      });
      return z.NEVER;
    }
    return { ...(ends[0] !== undefined && { from: ends[0] }), ...(ends[1] !== undefined && { to: ends[1] }) };
  })
  .exactOptional();

/** NaN: none, or one without an offset, which would mean another instant on another machine. */
function instantOf(written: string): number {
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(written))
    return Number.NaN;
  const at = Date.parse(written);
  return Math.abs(at) <= INSTANT_MAX ? at : Number.NaN;
}
