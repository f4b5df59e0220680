/** For tests of flows: no server, no sleeping, a store that is gone with the test. */
export { type MemoryStoreOptions, memoryStore } from "./store/memory.ts";
export { runFlow, type TestRunOptions } from "./testing/run-flow.ts";
export { type VirtualClock, virtualClock } from "./testing/virtual-clock.ts";
