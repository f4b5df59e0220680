/** What is simulated, as one module, for `load-system.ts` to bundle. */
export { CaudalError } from "../../src/base/errors.ts";
export { checkRun, checkSlot } from "../../src/engine/check-run.ts";
export { story } from "../../src/engine/story.ts";
export { currentScope } from "../../src/executor/context.ts";
export { inline } from "../../src/executor/inline.ts";
export { pauseKept } from "../../src/runtime/kept/pause-kept.ts";
export { planOf } from "../../src/runtime/own-run.ts";
export { setLimit } from "../../src/runtime/answers/limits.ts";
export { resumeProgram } from "../../src/runtime/kept/resume.ts";
export { runProgram } from "../../src/runtime/run.ts";
export { runProgramOnSchedule } from "../../src/runtime/run-on-schedule.ts";
export { MemoryDisk, memoryStoreOn } from "../../src/store/memory.ts";
export { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
export { every } from "../../src/schedule/every.ts";
export { advance as advanceAgain } from "../../src/engine/advance.ts";
export { probe } from "./advance-probe.ts";
export { interruptAll } from "./interrupt.ts";
export { enter, heldPlaces, inLineForPlaces, newMemory, tellEmptyLoop, type ProcessMemory } from "./process-memory.ts";
