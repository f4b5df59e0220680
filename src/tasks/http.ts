/** The door `caudal/tasks/http`. */
export type { Expect } from "./http/answer.ts";
export { type HttpCall, type HttpOptions, type HttpTarget, http } from "./http/http-task.ts";
export type { Query } from "./http/request.ts";
export { isRetryableHttpError } from "./http/retry.ts";
