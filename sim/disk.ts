/** What is kept, whichever process of the world wrote it; and which processes others take for alive. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../src/ports/store.ts";
import type { System } from "./load-system.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

export class Disk {
  /** As people and the checks see it: no process that has runs. */
  readonly reader: Store;
  readonly #world: World;
  readonly #memory: InstanceType<System["MemoryDisk"]> | undefined;
  readonly #folder: string | undefined;
  readonly #alive = new Set<string>();
  readonly #stores: Store[] = [];

  constructor(world: World) {
    this.#world = world;
    const { system } = world;
    if (world.scenario.store === "memory") this.#memory = new system.MemoryDisk();
    else this.#folder = mkdtempSync(join(tmpdir(), "caudal-sim-"));
    this.reader = this.open("p0");
  }

  open(name: string): Store {
    const { system } = this.#world;
    this.#alive.add(name);
    if (this.#memory !== undefined) return system.memoryStoreOn(this.#memory, name);
    const pid = Number(name.slice(1));
    const store = new system.SqliteStore(join(this.#folder!, ".caudal"), {
      durability: "process",
      process: { host: "simulated", boot: "1", pid, started: "" },
      isAlive: (other) => this.#alive.has(`p${other.pid}`),
      now: () => this.#world.now,
    });
    this.#stores.push(store);
    return store;
  }

  isAlive(process: SimProcess): boolean {
    return this.#alive.has(process.name);
  }

  kill({ name }: SimProcess): void {
    this.#alive.delete(name);
    this.#memory?.kill(name);
  }

  /** It leaves, and lets go of what it has. */
  leave(process: SimProcess): void {
    this.#alive.delete(process.name);
    void process.inner.close();
  }

  /** Others may take its runs and what it claimed; it does not know. */
  disown(process: SimProcess): void {
    process.disowned = true;
    const { name } = process;
    this.#alive.delete(name);
    if (this.#memory === undefined) return;
    this.#memory.alive.delete(name);
    for (const [key, claim] of this.#memory.claims) if (claim.process === name) this.#memory.free(key);
    for (const [place, holders] of this.#memory.places) if (holders.delete(name)) this.#memory.placeFreed(place);
  }

  revive({ name }: SimProcess): void {
    this.#alive.add(name);
    this.#memory?.alive.add(name);
  }

  close(): void {
    for (const store of this.#stores) void store.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
