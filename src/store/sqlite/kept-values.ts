/** Values in columns: small ones as text beside their row, large ones as files that the row names. */
import { join } from "node:path";
import { type BlobFolder, blobFolder } from "../blobs.ts";
import { decodeValue, encodeValue } from "../codec.ts";
import { RowDamage } from "./corrupt.ts";

/** How a column says what its value is; numbers are kept, so they never change. */
export const VALUE = { UNDEFINED: 0, TEXT: 1, BLOB: 2, DERIVED: 3, NOT_KEPT: 4 } as const;

export interface KeptValue {
  readonly kind: number;
  readonly text: string | null;
}

/** UTF-16 code units: close enough to bytes for a bound on what stands in a row. */
const INLINE_MAX = 65_536;

const UNDEFINED: KeptValue = { kind: VALUE.UNDEFINED, text: null };

export class KeptValues {
  readonly #folder: string;
  #blobs: BlobFolder | undefined;
  /** What `keep` has made ready, until it is committed. */
  readonly #ready = new WeakMap<object, KeptValue>();

  constructor(folder: string) {
    this.#folder = join(folder, "blobs");
  }

  get blobs(): BlobFolder {
    return (this.#blobs ??= blobFolder(this.#folder));
  }

  /** Encodes a value once, before anything counts on it. @throws CaudalError RESULT_NOT_SERIALIZABLE, RESULT_TOO_LARGE */
  prepare(value: unknown): void {
    if (typeof value === "object" && value !== null) this.#ready.set(value, this.#keep(value));
    else if (typeof value === "function" || typeof value === "symbol") encodeValue(value);
  }

  /** For a row that is being written. */
  kept(value: unknown): KeptValue {
    if (value === undefined) return UNDEFINED;
    if (typeof value !== "object" || value === null) return this.#keep(value);
    const ready = this.#ready.get(value);
    // A file that no row names yet may have been collected meanwhile; inside the transaction nobody collects.
    if (ready === undefined || (ready.kind === VALUE.BLOB && !this.blobs.has(ready.text ?? "")))
      return this.#keep(value);
    this.#ready.delete(value);
    return ready;
  }

  #keep(value: unknown): KeptValue {
    const text = encodeValue(value);
    if (text.length <= INLINE_MAX) return { kind: VALUE.TEXT, text };
    return { kind: VALUE.BLOB, text: this.blobs.put(text) };
  }

  /** How large a value is as it is kept; a blob's address says it. */
  bytes(kind: number, text: string | null): number {
    if (text === null) return 0;
    return kind === VALUE.BLOB ? Number(text.slice(text.lastIndexOf("-") + 1)) || 0 : Buffer.byteLength(text);
  }

  /** @throws CaudalError RESULT_CORRUPT, BLOB_MISSING, BLOB_CORRUPT */
  read(kind: number, text: string | null): unknown {
    if (kind === VALUE.TEXT && text !== null) return decodeValue(text);
    if (kind === VALUE.BLOB && text !== null) return decodeValue(this.blobs.get(text));
    if (kind !== VALUE.TEXT && kind !== VALUE.BLOB && kind <= VALUE.NOT_KEPT) return undefined;
    throw new RowDamage(`a value of kind ${kind} is not what was written`);
  }
}
