/**
 * One run's dealings with the cache: asks for entries, waits where somebody else computes them, and says with each
 * commit which entries are new and which claims end.
 */
import { CaudalError } from "../../base/errors.ts";
import type { Command } from "../../engine/command.ts";
import type { CacheAnswer, RunEvent } from "../../engine/event.ts";
import { rulesOf, taskRunName } from "../../engine/run.ts";
import { stateOf } from "../../engine/state-of.ts";
import { gather } from "../../engine/values.ts";
import type { CacheClaim, CacheEntry, CacheRequest } from "../../ports/store.ts";
import { recordOf } from "../../state/error-text.ts";
import { type CacheAddress, cacheAddressOf, type KeyBasis, missText } from "./cache.ts";
import { AGAIN_MS, canPass } from "../kept/commit-patiently.ts";
import type { DriverParts } from "../driver-parts.ts";
import { TASK_RUNNER } from "../report/log-lines.ts";

export interface CacheChanges {
  readonly entries: readonly CacheEntry[];
  readonly freed: readonly string[];
}

const NO_CHANGES: CacheChanges = { entries: [], freed: [] };

export class CacheDesk {
  readonly #parts: DriverParts;
  readonly #push: (event: RunEvent) => void;
  /** Entries this run is computing, by slot. */
  readonly #claimed = new Map<number, CacheAddress>();
  /** Takes the request to be called back away again. */
  readonly #waiting = new Map<number, () => void>();

  /** Told when the store says what no waiting helps. */
  readonly #broken: (thrown: unknown) => void;

  constructor(parts: DriverParts, push: (event: RunEvent) => void, broken: (thrown: unknown) => void) {
    this.#parts = parts;
    this.#push = push;
    this.#broken = broken;
  }

  ask(slot: number): void {
    const { run, clock } = this.#parts;
    const answer = (got: CacheAnswer) => this.#push({ type: "CacheAnswered", slot, answer: got, at: clock.now() });
    const failed = (thrown: unknown) => {
      if (canPass(thrown)) this.#askAgain(slot);
      else if (isOfStore(thrown)) this.#broken(thrown);
      else answer({ kind: "failed", error: { ...recordOf(thrown), stack: "" } });
    };
    try {
      const basis = this.#basisOf(slot);
      if (rulesOf(run, slot).hasTarget) return void this.#lookUpTarget(basis).then(answer, failed);
      const address = cacheAddressOf(basis);
      const request = { runId: run.id, epoch: this.#parts.epoch, slot, at: clock.now(), ...address };
      const claim = this.#parts.store.claimCache(request);
      if (claim instanceof Promise) this.#claimedLater(request, claim).then(answer, failed);
      else answer(this.#answerOf(slot, address, claim));
    } catch (thrown) {
      failed(thrown);
    }
  }

  #askAgain(slot: number): void {
    const { clock } = this.#parts;
    const timer = clock.at(clock.now() + AGAIN_MS, () => {
      this.#waiting.delete(slot);
      this.ask(slot);
    });
    this.#waiting.set(slot, () => timer.cancel());
  }

  #basisOf(slot: number): KeyBasis {
    const { program, run } = this.#parts;
    const node = program.graph.nodes[run.owner[slot]!]!;
    return {
      flow: program.graph.name,
      rules: rulesOf(run, slot),
      functions: program.tasks[node.task]!,
      args: gather(run, slot),
      labels: node.arguments.map((argument) => argument.label),
      parameters: run.parameters,
      mapIndex: this.#parts.about.mapIndex(slot),
      beganAt: this.#parts.about.beganAt,
    };
  }

  /** An entry may have come while the answer was on its way: whoever waits for it asks once more, now in line for it. */
  async #claimedLater(request: CacheRequest & CacheAddress, first: Promise<CacheClaim>): Promise<CacheAnswer> {
    const { slot } = request;
    const answer = this.#answerOf(slot, request, await first);
    if (answer.kind !== "wait") return answer;
    const again = await this.#parts.store.claimCache({ ...request, at: this.#parts.clock.now() });
    if (again.kind === "held") return { kind: "wait", runId: again.runId, slot: again.slot };
    this.#waiting.get(slot)?.();
    this.#waiting.delete(slot);
    return this.#answerOf(slot, request, again);
  }

  #answerOf(slot: number, address: CacheAddress, claim: CacheClaim): CacheAnswer {
    const { store, clock } = this.#parts;
    switch (claim.kind) {
      case "hit": {
        const { value, runId, storedAt, expiresAt } = claim.entry;
        return { kind: "hit", value, runId, storedAt, expiresAt };
      }
      case "held": {
        const again = () => {
          this.#waiting.delete(slot);
          this.#push({ type: "CacheReleased", slot, at: clock.now() });
        };
        this.#waiting.set(slot, store.whenCacheFree(address.key, again));
        return { kind: "wait", runId: claim.runId, slot: claim.slot };
      }
      case "claimed":
        this.#claimed.set(slot, address);
        this.#sayMiss(slot, missText(claim, address, clock.now()));
        return { kind: "miss" };
    }
  }

  /** A first computation says nothing; one that was not expected says why. */
  #sayMiss(slot: number, why: string | undefined): void {
    if (why === undefined) return;
    const { logger, clock, run } = this.#parts;
    const message = `Task '${taskRunName(run, slot)}': computed again: ${why}`;
    logger.write({ at: clock.now(), level: "info", logger: TASK_RUNNER, message });
  }

  async #lookUpTarget(basis: KeyBasis): Promise<CacheAnswer> {
    const { lookUpTarget } = await import("./target.ts");
    return lookUpTarget(basis, this.#parts.about);
  }

  async writeTarget(slot: number, value: unknown): Promise<void> {
    const { writeTarget } = await import("./target.ts");
    return writeTarget(this.#basisOf(slot), this.#parts.about, value);
  }

  /** What the commands of a pass change in the cache: committed with it. */
  changesOf(commands: readonly Command[]): CacheChanges {
    let entries: CacheEntry[] | undefined;
    let freed: string[] | undefined;
    for (const command of commands) {
      if (command.type !== "StoreCache" && command.type !== "ReleaseCache") continue;
      const address = this.#claimed.get(command.slot);
      if (address === undefined) continue;
      this.#claimed.delete(command.slot);
      const state = stateOf(this.#parts.run, command.slot);
      const keeps = rulesOf(this.#parts.run, command.slot).keepsResult;
      if (command.type === "StoreCache" && state.type === "Cached" && keeps) {
        const { storedAt, expiresAt } = state.cache;
        (entries ??= []).push({ value: state.result, runId: this.#parts.run.id, storedAt, expiresAt, ...address });
      } else (freed ??= []).push(address.key);
    }
    if (entries === undefined && freed === undefined) return NO_CHANGES;
    return { entries: entries ?? [], freed: freed ?? [] };
  }

  /** The run leaves this process: what it had claimed is free again. */
  close(): readonly string[] {
    for (const stop of this.#waiting.values()) stop();
    this.#waiting.clear();
    const keys = [...this.#claimed.values()].map((address) => address.key);
    this.#claimed.clear();
    return keys;
  }
}

/** It says nothing of the task: the run itself cannot be kept. */
function isOfStore(thrown: unknown): boolean {
  return thrown instanceof CaudalError && (thrown.code === "STALE_EPOCH" || thrown.code.startsWith("STORE_"));
}
