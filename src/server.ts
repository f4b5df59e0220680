/** `caudal/server`: the API and its page as one Fetch handler. */
export { type CaudalHandler, createHandler, type HandlerOptions } from "./server/embed.ts";
