/** For tests of flows: no server, no sleeping, a store that is gone with the test. */
export type { LogRecord } from "./ports/logger.ts";
export { type MemoryStoreOptions, memoryStore } from "./store/memory.ts";
export { type ExpectedState, type ExpectedStates, expectStates } from "./testing/expect-states.ts";
export type { Crash } from "./testing/crash.ts";
export type { AttemptFailure, Failure, Mock, Thrown } from "./testing/injection.ts";
export { runFlow, runFlowOnSchedule } from "./testing/run-flow.ts";
export type { Approvals, Rejection } from "./testing/test-people.ts";
export type { CrashSettings, TestRunSettings, TestScheduleSettings, TestSettings } from "./testing/test-options.ts";
export { type VirtualClock, virtualClock, type VirtualClockOptions } from "./testing/virtual-clock.ts";
