/** Small runs that many processes want at once. */
import { context, flow, task } from "caudal";

const take = task("take", () => context().taskRunId);
const give = task("give", (what) => what.length > 0);

export const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`);
export const main = flow("many", () => give(take()));
