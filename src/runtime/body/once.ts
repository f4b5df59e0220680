/** Inner steps of a body: each is done once per task run, however often the body is called. */
import { CaudalError } from "../../base/errors.ts";
import type { OnceKey, Store } from "../../ports/store.ts";

/** Steps that are under way in this process: asked for twice by one attempt, a step is done once. */
const underWay = new Map<string, Promise<unknown>>();

/** @throws what the step throws; RESULT_NOT_SERIALIZABLE, STALE_EPOCH: then the step may be done again */
export function onceIn(store: Store, key: OnceKey, step: () => unknown): Promise<unknown> {
  if (typeof key.name !== "string" || key.name === "" || key.name.includes("\0"))
    throw new CaudalError("OPTION_INVALID", {
      of: "once(…)",
      complaints: ["its name must be a text, not empty and without the character NUL"],
    });
  const id = JSON.stringify([key.runId, key.epoch, key.scope, key.name]);
  let going = underWay.get(id);
  if (going === undefined) {
    going = doOnce(store, key, step).finally(() => underWay.delete(id));
    underWay.set(id, going);
  }
  return going;
}

async function doOnce(store: Store, key: OnceKey, step: () => unknown): Promise<unknown> {
  const kept = await store.readOnce(key);
  if (kept !== undefined) return kept.value;
  const value = await step();
  store.keep(value);
  await store.keepOnce(key, value);
  return value;
}
