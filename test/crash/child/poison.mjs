/** A body that takes its process down each time, and a neighbour that has nothing to do with it. */
import { flow, task } from "caudal";

const neighbour = task("neighbour", () => "fine");
const poison = task("poison", async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
});
const after = task({ name: "after", trigger: "all_finished" }, () => "noted");

export const main = flow("poison", () => {
  after(poison(), neighbour());
});
