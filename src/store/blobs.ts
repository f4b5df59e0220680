/**
 * Large results as files: `<folder>/ab/ab12…-<bytes>.br`, compressed, named by the SHA-256 of their content.
 *
 * The order that makes them safe: a file is written beside its place, synced, renamed into it, and its folder synced,
 * all before `put` returns its address; only then is the row written that names it. So a crash leaves at most a file
 * that no row names (or a piece in `tmp`), never a row without its file. Who collects such files removes them in the
 * transaction in which it saw that no row names them, and only old ones; who commits an address asks `has` in its own
 * transaction, and puts again what went meanwhile: transactions exclude each other, so nothing goes between.
 *
 * The name holds the length of the content, so that reading never unpacks more than was stored, whatever the file
 * has become. Names come from here only: an address that is not one in form touches no file.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { assert } from "../base/assert.ts";
import { CaudalError } from "../base/errors.ts";
import { TEXT_BYTES_MAX } from "./codec/format.ts";
import { replaceFile } from "./replace-file.ts";

/** `<SHA-256 in hex>-<bytes of the content>`. */
export type BlobAddress = string;

export interface BlobFile {
  readonly address: BlobAddress;
  /** On disk, compressed. */
  readonly fileBytes: number;
  /** When it was last put, ms. */
  readonly putAt: number;
}

const ADDRESS = /^([0-9a-f]{2})[0-9a-f]{62}-(0|[1-9]\d{0,8})$/;
const SUFFIX = ".br";
const TEMPORARY = "tmp";
/** Brotli grows what it cannot shrink by less than this. */
const FILE_BYTES_MAX = TEXT_BYTES_MAX + 65_536;
/** On 2 MB of rows: half the time of gzip 1 and smaller (4.4 ms and 19 % against 8.4 ms and 21 %); 4 takes 11 ms for 14 %. */
const BROTLI_QUALITY = 1;

/** Opens no symlink, and does not wait for a pipe that somebody put in a file's place. Windows has neither flag. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Loaded with the first blob: a program whose results are small needs neither. */
const zlib = () => process.getBuiltinModule("node:zlib");
const crypto = () => process.getBuiltinModule("node:crypto");

/** Touches nothing: the folder is made (0700) with the first blob. */
export function blobFolder(folder: string): BlobFolder {
  return new Blobs(folder);
}

export type BlobFolder = Blobs;

class Blobs {
  readonly folder: string;
  #temporaryCount = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Keeps content, at most 256 MiB, until it is removed; returns its address when it is safely on disk. What is there
   * already is read and compared, not written; if it was damaged it is replaced.
   * @throws CaudalError BLOB_FILE
   */
  put(content: string | Uint8Array): BlobAddress {
    assert(typeof content !== "string" || isWellFormed(content), "a blob's text has no unpaired surrogates");
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    assert(bytes.byteLength <= TEXT_BYTES_MAX, "a blob is at most as long as a result may be");
    const address = addressOf(bytes);
    const place = this.#placeOf(address);
    this.#act("written", place.file, () => {
      this.#ensure(this.folder, join(this.folder, ".."));
      this.#ensure(place.folder, this.folder);
      if (this.#isKept(address)) utimesSync(place.file, new Date(), new Date());
      else this.#write(place.file, bytes);
      // Also for a file that was there: another process may have renamed it a moment ago.
      syncFolder(place.folder);
    });
    return address;
  }

  /**
   * The text that was put. Its hash is checked at every reading.
   * @throws CaudalError BLOB_MISSING, BLOB_CORRUPT, BLOB_FILE
   */
  get(address: BlobAddress): string {
    return this.getBytes(address).toString("utf8");
  }

  /** The bytes that were put; as `get`. */
  getBytes(address: BlobAddress): Buffer {
    const { file, folder, byteLength } = this.#placeOf(address);
    const packed = this.#act("read", file, () => {
      const stats = statsOf(folder);
      if (stats === undefined) return undefined;
      if (!stats.isDirectory()) throw new CaudalError("BLOB_CORRUPT", { file: folder, why: "it is not a folder" });
      return readWhole(file);
    });
    if (packed === undefined) throw new CaudalError("BLOB_MISSING", { address, folder: this.folder });
    const bytes = unpack(packed, byteLength, file);
    if (addressOf(bytes) !== address) {
      throw new CaudalError("BLOB_CORRUPT", { file, why: "its content has another SHA-256 than its name" });
    }
    return bytes;
  }

  /** Whether there is a file of this address; its content is not looked at. @throws CaudalError BLOB_CORRUPT, BLOB_FILE */
  has(address: BlobAddress): boolean {
    const { file } = this.#placeOf(address);
    return this.#act("read", file, () => statsOf(file)?.isFile() === true);
  }

  /** Removes a blob; false if there was none. @throws CaudalError BLOB_CORRUPT, BLOB_FILE */
  remove(address: BlobAddress): boolean {
    const { file } = this.#placeOf(address);
    return this.#act("removed", file, () => {
      if (statsOf(file) === undefined) return false;
      unlinkSync(file);
      return true;
    });
  }

  /** All blobs, one subfolder at a time, in order of their addresses. Other files there are passed over. @throws CaudalError BLOB_FILE */
  *list(): Generator<BlobFile> {
    for (const name of this.#namesIn(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(name)) continue;
      const folder = join(this.folder, name);
      for (const fileName of this.#namesIn(folder)) {
        const address = fileName.slice(0, -SUFFIX.length);
        if (!fileName.endsWith(SUFFIX) || !ADDRESS.test(address) || !address.startsWith(name)) continue;
        const stats = this.#act("read", folder, () => statsOf(join(folder, fileName)));
        if (stats?.isFile()) yield { address, fileBytes: stats.size, putAt: stats.mtimeMs };
      }
    }
  }

  /** Removes what crashes left half written before `putBefore`, ms; returns how many files. @throws CaudalError BLOB_FILE */
  removeTorn(putBefore: number): number {
    const folder = join(this.folder, TEMPORARY);
    let removed = 0;
    for (const name of this.#namesIn(folder)) {
      const file = join(folder, name);
      this.#act("removed", file, () => {
        const stats = statsOf(file);
        if (stats === undefined || stats.isDirectory() || stats.mtimeMs >= putBefore) return;
        unlinkSync(file);
        removed++;
      });
    }
    return removed;
  }

  /** The only maker of paths: of an address in form, so that none leads elsewhere. */
  #placeOf(address: BlobAddress): { readonly folder: string; readonly file: string; readonly byteLength: number } {
    const [, start, byteLength] = (typeof address === "string" ? ADDRESS.exec(address) : null) ?? [];
    if (start === undefined || Number(byteLength) > TEXT_BYTES_MAX) {
      const file = `${this.folder}: ${JSON.stringify(String(address).slice(0, 80))}`;
      throw new CaudalError("BLOB_CORRUPT", { file, why: "it is no address of a blob" });
    }
    const folder = join(this.folder, start);
    return { folder, file: join(folder, address + SUFFIX), byteLength: Number(byteLength) };
  }

  #isKept(address: BlobAddress): boolean {
    try {
      this.getBytes(address);
      return true;
    } catch (error) {
      if (error instanceof CaudalError && (error.code === "BLOB_MISSING" || error.code === "BLOB_CORRUPT"))
        return false;
      throw error;
    }
  }

  #write(file: string, bytes: Uint8Array): void {
    const folder = join(this.folder, TEMPORARY);
    this.#ensure(folder, this.folder);
    const name = `${process.pid}-${this.#temporaryCount++}-${crypto().randomBytes(6).toString("hex")}`;
    const temporary = join(folder, name);
    try {
      writeSynced(temporary, pack(bytes));
      replaceFile(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Makes a folder of ours, and lets it outlast a power cut. A symlink in its place is refused. */
  #ensure(folder: string, above: string): void {
    const stats = statsOf(folder);
    if (stats?.isDirectory()) return;
    if (stats !== undefined) {
      throw new CaudalError("BLOB_FILE", { file: folder, doing: "used", why: "it is not a folder" });
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    syncFolder(above);
  }

  #namesIn(folder: string): readonly string[] {
    return this.#act("read", folder, () => {
      // Not through a symlink: what lies behind one is not ours to list or to remove.
      return statsOf(folder)?.isDirectory() ? readdirSync(folder).sort() : [];
    });
  }

  #act<T>(doing: string, file: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof CaudalError || !isSystemError(error)) throw error;
      throw new CaudalError("BLOB_FILE", { file, doing, why: error.message }, { cause: error });
    }
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}

/** Of ES2024, and of Node 20. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function addressOf(bytes: Uint8Array): BlobAddress {
  return `${crypto().createHash("sha256").update(bytes).digest("hex")}-${bytes.byteLength}`;
}

function pack(bytes: Uint8Array): Buffer {
  const { brotliCompressSync, constants: brotli } = zlib();
  const params = {
    [brotli.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [brotli.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
  };
  return brotliCompressSync(bytes, { params });
}

/** Stops at one byte more than was stored. */
function unpack(packed: Buffer, byteLength: number, file: string): Buffer {
  try {
    return zlib().brotliDecompressSync(packed, { maxOutputLength: Math.max(1, byteLength) });
  } catch (error) {
    throw new CaudalError("BLOB_CORRUPT", { file, why: whyPacked(error, byteLength) }, { cause: error });
  }
}

function whyPacked(error: unknown, byteLength: number): string {
  if (error instanceof RangeError) return `it unpacks to more than the ${byteLength} bytes that were stored`;
  return `it cannot be unpacked (${error instanceof Error ? error.message : String(error)})`;
}

/** undefined if nothing is there. Of a symlink, its own. */
function statsOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function readWhole(file: string): Buffer | undefined {
  let opened: number;
  try {
    opened = openSync(file, READ_FLAGS);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new CaudalError("BLOB_CORRUPT", { file, why: "it is a symbolic link" });
    throw error;
  }
  try {
    const stats = fstatSync(opened);
    if (!stats.isFile()) throw new CaudalError("BLOB_CORRUPT", { file, why: "it is not a file" });
    if (stats.size > FILE_BYTES_MAX) {
      throw new CaudalError("BLOB_CORRUPT", { file, why: `it has ${stats.size} bytes, more than a blob can have` });
    }
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}

function writeSynced(file: string, bytes: Uint8Array): void {
  const opened = openSync(file, "wx", 0o600);
  try {
    writeFileSync(opened, bytes);
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** A rename is on disk when its folder is. Windows cannot open one, and keeps renames in its journal. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const opened = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
