/** What the schemas of the contract are made of. */
import * as z from "zod";
import { stateType } from "./routes/queries.ts";
import type * as C from "./contract.ts";

export const object = z.strictObject;
export const list = z.array;
export const at = z.number().meta({ description: "ms since 1970" });
export const ms = z.number().meta({ description: "milliseconds" });
export const cursor = z.int().nonnegative();
export const name = z.string();
export const Json: z.ZodType<C.Json> = z.json() as never;
export const jsonObject = z.record(z.string(), Json);
export const counts: z.ZodType<C.StateCounts> = z.partialRecord(stateType, z.int().nonnegative());
export const point = object({ x: z.number(), y: z.number() });
export const frame = { x: z.number(), y: z.number(), width: z.number(), height: z.number() };

export const why = object({ code: z.string() as unknown as z.ZodType<C.WhyCode>, parameters: jsonObject });
export const Why = object({ ...why.shape, text: z.string() }) satisfies z.ZodType<C.Why>;

export const ErrorSummary = object({ name, message: z.string(), code: z.string().exactOptional() });
export const StackFrame = object({
  text: z.string(),
  own: z.boolean(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
});
export const ErrorDetail: z.ZodType<C.ErrorDetail> = object({
  name,
  message: z.string(),
  code: z.string().exactOptional(),
  frames: list(StackFrame),
  get cause() {
    return ErrorDetail.exactOptional();
  },
  thrown: z.string().exactOptional(),
}) as never;

export const Problem = object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  fields: list(object({ at: z.string(), message: z.string() })).exactOptional(),
  state: stateType.exactOptional(),
  suggestions: list(z.string()).exactOptional(),
  retryAfterMs: ms.exactOptional(),
}) satisfies z.ZodType<C.Problem>;
