/**
 * A run this process has: where it is in the tables, and which of its task runs run. Starts cost no rows: the set of
 * those that run stands in the history, whole at times, and follows from the transitions in between.
 */
import { hashText } from "../../base/hash.ts";
import { packRunning } from "./packing.ts";

/** A set that small is written with every commit; a larger one when the commits since have outgrown it. */
const RUNNING_SMALL = 64;

export class LiveRun {
  readonly runNo: number;
  readonly running: Map<number, number>;
  /** It has ended, and its listeners are being told. */
  ended = false;
  #hash: string;
  #commitsSinceWhole = 0;

  constructor(runNo: number, running: Map<number, number>, hash: string) {
    this.runNo = runNo;
    this.running = running;
    this.#hash = hash;
  }

  /** The set as bytes where it is to be written with this commit; `anew` where it does not follow from transitions. */
  runningBytes(at: number, anew: boolean): Uint8Array | null {
    this.#commitsSinceWhole++;
    const few = this.#commitsSinceWhole < this.running.size / 16;
    if (!anew && this.running.size > RUNNING_SMALL && few) return null;
    this.#commitsSinceWhole = 0;
    return packRunning(this.running, at);
  }

  /** Of the row that is being added: over its content and the hash of the row before. */
  hashOf(row: HashedRow): string {
    return historyHash(this.#hash, row);
  }

  committed(hash: string): void {
    this.#hash = hash;
  }
}

export interface HashedRow {
  readonly cursor: number;
  readonly at: number;
  readonly path: Uint8Array;
  readonly running: Uint8Array | null;
  readonly flow: string | null;
  readonly untoldAfter: number | null;
}

export function historyHash(before: string, { cursor, at, path, running, flow, untoldAfter }: HashedRow): string {
  const told = flow === null && untoldAfter === null ? "" : `|${flow ?? ""}|${untoldAfter ?? ""}`; // as before they were there
  return hashText(`${before}|${cursor}|${at}|${lettersOf(path)}|${lettersOf(running)}${told}`);
}

/** Up to so many bytes, the way through Buffer costs more. */
const FEW_BYTES = 256;

/** One letter a byte. */
function lettersOf(bytes: Uint8Array | null): string {
  if (bytes === null) return "";
  if (bytes.length <= FEW_BYTES) return String.fromCharCode(...bytes) + bytes.length;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") + bytes.length;
}
