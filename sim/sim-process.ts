/** One simulated process: its clock, its chance, its view of the store, and what it is doing. */
import { Prng } from "../src/base/prng.ts";
import type { Instant } from "../src/base/time.ts";
import type { Clock, Random } from "../src/ports/clock.ts";
import type { Logger } from "../src/ports/logger.ts";
import type { Program } from "../src/ports/program.ts";
import type { Store } from "../src/ports/store.ts";
import type { System } from "./load-system.ts";
import { SimStore } from "./sim-store.ts";
import type { ProcessMemory } from "./system/process-memory.ts";
import type { World } from "./world.ts";

const QUIET: Logger = { writes: () => false, write: () => undefined, print: () => undefined, json: false };
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

export class SimProcess {
  readonly name: string;
  readonly system: System;
  readonly memory: ProcessMemory;
  readonly store: SimStore;
  readonly program: Program;
  readonly ports: { readonly clock: Clock; readonly random: Random; readonly logger: Logger };
  /** Cancels what it drives: its runs were given these signals. */
  readonly ends = new Set<AbortController>();
  readonly inner: Store;
  dead = false;
  /** It left by itself. */
  closed = false;
  frozen = false;
  /** Others may take its runs: it was taken for dead. */
  disowned = false;
  draining = false;
  /** Commits whose answer has not come: what follows from them is not carried out yet. */
  committing = 0;
  /** Places it has asked for or given back, and has no answer yet. */
  movingPlaces = 0;
  /** Its clock is ahead by so much. */
  aheadMs = 0;
  /** What it is to do once it goes on. */
  readonly parked: (() => void)[] = [];
  #timers = 0;

  constructor(world: World, name: string, inner: Store, program: Program) {
    this.name = name;
    this.system = world.system;
    this.memory = this.system.newMemory();
    this.inner = inner;
    this.store = new SimStore(world, this, inner);
    this.ports = { clock: this.#clockOf(world), random: randomOf(new Prng(world.scenario.seed, name)), logger: QUIET };
    this.program = program;
  }

  get timers(): number {
    return this.#timers;
  }

  /** As the real one: what it waits for is elapsed time, then it looks whether its own clock agrees. */
  #clockOf(world: World): Clock {
    const now = (): Instant => world.now + this.aheadMs;
    return {
      now,
      at: (at, callback) => {
        let pending = true;
        this.#timers++;
        const end = (): boolean => {
          if (!pending) return false;
          pending = false;
          this.#timers--;
          return true;
        };
        const due = () => {
          if (!pending) return;
          if (now() < at) return arm();
          end();
          callback();
        };
        const arm = () => void world.later(Math.max(0, at - now()) + world.lateness(), this, due);
        arm();
        return { cancel: () => void end() };
      },
      turn: () => new Promise((resolve) => world.later(0, this, resolve)),
    };
  }
}

function randomOf(prng: Prng): Random {
  return {
    fraction: () => prng.next() / 2 ** 32,
    runId: (now) => {
      let id = now.toString(36).padStart(9, "0").slice(-9);
      while (id.length < 26) id += DIGITS[prng.below(DIGITS.length)];
      return id;
    },
  };
}
