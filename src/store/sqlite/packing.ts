/**
 * Transitions and sets of running task runs as bytes: numbers of 7 bits a byte, the last with its high bit clear
 * (LEB128). One transition of a small flow takes three bytes.
 */
import type { HistoryRow, PackedPath } from "../../ports/store.ts";
import type { FlowState } from "../../state/task-state.ts";

class Bytes {
  #bytes = new Uint8Array(64);
  #length = 0;

  add(value: number): void {
    if (this.#length + 8 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** @returns undefined when the bytes end inside a number */
function numbersOf(bytes: Uint8Array): Float64Array | undefined {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 128) count++;
  if (bytes.length > 0 && bytes[bytes.length - 1]! >= 128) return undefined;
  const numbers = new Float64Array(count);
  let at = 0;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    numbers[at++] = value;
    value = 0;
    scale = 1;
  }
  return numbers;
}

export function packPath({ slots, steps }: PackedPath): Uint8Array {
  const bytes = new Bytes();
  for (let i = 0; i < slots.length; i++) {
    bytes.add(slots[i]!);
    bytes.add(steps[i]!);
  }
  return bytes.done();
}

export function unpackPath(bytes: Uint8Array): PackedPath | undefined {
  const numbers = numbersOf(bytes);
  if (numbers === undefined || numbers.length % 2 !== 0) return undefined;
  const count = numbers.length / 2;
  const slots = new Uint32Array(count);
  const steps = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    slots[i] = numbers[2 * i]!;
    steps[i] = numbers[2 * i + 1]!;
  }
  return { slots, steps };
}

/** Task runs that run, with the time they began at, as of `at`. */
export function packRunning(running: ReadonlyMap<number, number>, at: number): Uint8Array {
  const bytes = new Bytes();
  for (const [slot, since] of running) {
    bytes.add(slot);
    bytes.add(Math.max(0, Math.round(at - since)));
  }
  return bytes.done();
}

export function unpackRunning(bytes: Uint8Array, at: number): Map<number, number> | undefined {
  const numbers = numbersOf(bytes);
  if (numbers === undefined || numbers.length % 2 !== 0) return undefined;
  const running = new Map<number, number>();
  for (let i = 0; i < numbers.length; i += 2) running.set(numbers[i]!, at - numbers[i + 1]!);
  return running;
}

/** A flow's state in the history: its type, and the code of its reason where it has one. */
export function flowColumn(flow: FlowState | undefined): string | null {
  if (flow === undefined) return null;
  return flow.reason === undefined ? flow.type : `${flow.type} ${flow.reason.code}`;
}

export function fromFlowColumn(text: string | null): HistoryRow["flow"] {
  if (text === null) return undefined;
  const [type, reason] = text.split(" ");
  return { type: type as FlowState["type"], reason };
}
