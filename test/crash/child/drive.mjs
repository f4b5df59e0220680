/**
 * What a process of the rig runs: `node --import ./preload.mjs drive.mjs FLOW`. Takes up every run of the flow's keys
 * until it has an end, and says so in one line of JSON. The same command begins a run and goes on with it.
 */
import { isCaudalError } from "caudal";

const [file] = process.argv.slice(2);
const order = JSON.parse(process.env["CRASH_ORDER"] ?? "{}");
const { main, keys = ["first"], settings = {} } = await import(`./${file}`);

/** Somebody else has it, or took it a moment ago: not ours to go on with. */
const OTHERS = new Set(["RUN_IN_PROGRESS", "RUN_OWNED", "RUN_OVER"]);

const states = {};
for (const key of order.keys ?? keys) {
  try {
    states[key] = (await taken(key)).state.type;
  } catch (error) {
    if (!isCaudalError(error)) throw error;
    states[key] = error.code;
    if (OTHERS.has(error.code)) continue;
    process.exitCode = 70;
    console.error(`${error.code}: ${error.message}`);
  }
}
console.log(JSON.stringify({ states }));

async function taken(key) {
  if (order.resume !== undefined) return await main.resume(order.resume);
  if (order.resumeLast !== true) return await main.run({ ...settings, idempotencyKey: key });
  try {
    return await main.resume("last");
  } catch (error) {
    if (error.code !== "NOTHING_INTERRUPTED") throw error;
    return await main.run({ ...settings, idempotencyKey: key });
  }
}
