/** A program whose handlers and triggers tell a virtual clock while they are at work. */
import type { FlowFunctions, Program, TaskFunctions } from "../ports/program.ts";
import type { VirtualTime } from "./virtual-clock.ts";

/** Attempts are watched where they run; here it is the functions the run waits for besides. */
export function watched(program: Program, time: VirtualTime): Program {
  const watch = <F extends (...args: never[]) => unknown>(asked: F): F => whileWaiting(asked, time);
  const task = (functions: TaskFunctions): TaskFunctions => ({
    ...functions,
    stateHandlers: functions.stateHandlers.map(watch),
    trigger: functions.trigger && watch(functions.trigger),
  });
  const flow: FlowFunctions = { ...program.flow, stateHandlers: program.flow.stateHandlers.map(watch) };
  return { ...program, flow, tasks: program.tasks.map(task) };
}

/** The same function, under the same name. Only what it answers later is at work: the rest is over at once. */
function whileWaiting<F extends (...args: never[]) => unknown>(asked: F, time: VirtualTime): F {
  const call = (...args: never[]): unknown => {
    const answer = asked(...args);
    if (answer instanceof Promise) {
      const ends = () => time.ends(answer);
      time.begins(answer);
      answer.then(ends, ends);
    }
    return answer;
  };
  return Object.defineProperty(call, "name", { value: asked.name }) as unknown as F;
}
