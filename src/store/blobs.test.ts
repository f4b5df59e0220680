import { createHash } from "node:crypto";
import fs, {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { CaudalError } from "../base/errors.ts";
import { type BlobFolder, blobFolder } from "./blobs.ts";

const TEXT = JSON.stringify(Array.from({ length: 5_000 }, (_, i) => ({ id: i, company: "¿EQUIFAX, 日本?" })));
const FAST = { [constants.BROTLI_PARAM_QUALITY]: 1 };
const LONG_AGO = new Date("2026-01-01T00:00:00Z");

let scratch: string;
let blobs: BlobFolder;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "caudal-blobs-"));
  blobs = blobFolder(join(scratch, "blobs"));
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const fileOf = (address: string) => join(blobs.folder, address.slice(0, 2), `${address}.br`);
const filesIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();
const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

/** The code and what the error says, or the value if none was thrown. */
function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error instanceof CaudalError ? { code: error.code, ...(error.data as object) } : error;
  }
}

/** From here on, in order: what is brought to the disk, by its name in the folder, and how many blobs are in place then. */
function syncsOfDisk(): readonly (readonly [string, number])[] {
  const syncs: [string, number][] = [];
  const opened = new Map<number, string>();
  const { openSync, fsyncSync } = fs;
  vi.spyOn(fs, "openSync").mockImplementation((path, ...how) => {
    const descriptor = openSync(path, ...how);
    opened.set(descriptor, String(path).slice(blobs.folder.length + 1) || ".");
    return descriptor;
  });
  vi.spyOn(fs, "fsyncSync").mockImplementation((descriptor) => {
    fsyncSync(descriptor);
    syncs.push([opened.get(descriptor) ?? "", [...blobs.list()].length]);
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  return syncs;
}

describe("a blob that was put", () => {
  test.skipIf(process.platform === "win32")("is on the disk when its address is known: it, then its name", () => {
    blobs.put("another");
    const syncs = syncsOfDisk();

    const address = blobs.put(TEXT);

    expect(syncs).toEqual([
      [".", 1], // where the new folder is
      [expect.stringMatching(/^tmp\/./), 1],
      [address.slice(0, 2), 2],
    ]);
  });

  test.skipIf(process.platform === "win32")(
    "again has its name on the disk, too: another process may just have put it",
    () => {
      const address = blobs.put(TEXT);
      const syncs = syncsOfDisk();

      blobs.put(TEXT);

      expect(syncs).toEqual([[address.slice(0, 2), 1]]);
    },
  );

  test("is read back as it was, in another process too", () => {
    const address = blobs.put(TEXT);

    expect(blobs.get(address)).toBe(TEXT);
    expect(blobFolder(blobs.folder).get(address)).toBe(TEXT);
  });

  test("may be bytes, or nothing", () => {
    const bytes = Uint8Array.from({ length: 1_000 }, (_, i) => i);

    expect([...blobs.getBytes(blobs.put(bytes))]).toEqual([...bytes]);
    expect(blobs.get(blobs.put(""))).toBe("");
  });

  test("is named by its content and length, and compressed", () => {
    const address = blobs.put(TEXT);

    expect(address).toBe(`${createHash("sha256").update(TEXT).digest("hex")}-${Buffer.byteLength(TEXT)}`);
    expect(filesIn(blobs.folder)).toEqual(
      [address.slice(0, 2), join(address.slice(0, 2), `${address}.br`), "tmp"].sort(),
    );
    expect(lstatSync(fileOf(address)).size).toBeLessThan(TEXT.length / 5);
  });

  test("belongs to its owner only, whatever the umask", () => {
    const umask = process.umask(0);

    const address = blobs.put(TEXT);

    process.umask(umask);
    const folders = [blobs.folder, join(blobs.folder, address.slice(0, 2)), join(blobs.folder, "tmp")];
    expect(folders.map(modeOf)).toEqual(["700", "700", "700"]);
    expect(modeOf(fileOf(address))).toBe("600");
  });

  test("twice is one file, not written again, and young again for who collects the old", () => {
    const address = blobs.put(TEXT);
    utimesSync(fileOf(address), LONG_AGO, LONG_AGO);
    const { ino } = lstatSync(fileOf(address));

    expect(blobs.put(TEXT)).toBe(address);

    expect(lstatSync(fileOf(address)).ino).toBe(ino);
    expect(lstatSync(fileOf(address)).mtimeMs).toBeGreaterThan(LONG_AGO.getTime());
  });

  test("again over a damaged file mends it", () => {
    const address = blobs.put(TEXT);
    truncateSync(fileOf(address), 100);

    blobs.put(TEXT);

    expect(blobs.get(address)).toBe(TEXT);
  });

  test("can be asked for, listed and removed", () => {
    const [one, two] = [blobs.put("one"), blobs.put("two")].toSorted() as [string, string];
    writeFileSync(join(blobs.folder, one.slice(0, 2), "notes.txt"), "not ours");
    utimesSync(fileOf(one), LONG_AGO, LONG_AGO);

    expect([...blobs.list()].map(({ address }) => address)).toEqual([one, two]);
    expect([...blobs.list()][0]).toMatchObject({ putAt: LONG_AGO.getTime(), fileBytes: lstatSync(fileOf(one)).size });
    expect([blobs.has(one), blobs.remove(one), blobs.has(one), blobs.remove(one)]).toEqual([true, true, false, false]);
    expect([...blobs.list()].map(({ address }) => address)).toEqual([two]);
  });

  test("leaves nothing half written behind when its place cannot be written", () => {
    const address = blobs.put(TEXT);
    rmSync(fileOf(address));
    mkdirSync(fileOf(address));

    expect(outcome(() => blobs.put(TEXT))).toMatchObject({
      code: "BLOB_FILE",
      file: fileOf(address),
      doing: "written",
    });
    expect(readdirSync(join(blobs.folder, "tmp"))).toEqual([]);
  });
});

describe("a blob that is not what was put", () => {
  test("is missing: a code with its address", () => {
    const address = blobs.put(TEXT);
    rmSync(fileOf(address));

    expect(outcome(() => blobs.get(address))).toEqual({ code: "BLOB_MISSING", address, folder: blobs.folder });
    expect(outcome(() => blobFolder(join(scratch, "none")).get(address))).toMatchObject({ code: "BLOB_MISSING" });
  });

  test("is torn: a code with its file", () => {
    const address = blobs.put(TEXT);
    truncateSync(fileOf(address), 100);

    expect(outcome(() => blobs.get(address))).toMatchObject({
      code: "BLOB_CORRUPT",
      file: fileOf(address),
      why: expect.stringContaining("cannot be unpacked"),
    });
  });

  test("has a changed bit, anywhere: a code, or the text all the same", () => {
    const address = blobs.put(TEXT.slice(0, 300));
    const packed = readFileSync(fileOf(address));

    const outcomes = packed.map((byte, at) => {
      const changed = Buffer.from(packed);
      changed[at] = byte ^ 4;
      writeFileSync(fileOf(address), changed);
      const got = outcome(() => blobs.get(address));
      return got === TEXT.slice(0, 300) || (got as { code?: string }).code === "BLOB_CORRUPT" ? 1 : 0;
    });

    expect(outcomes.indexOf(0)).toBe(-1);
  });

  test("is another blob under its name: a code", () => {
    const [one, two] = [blobs.put("content one"), blobs.put("content two")];
    renameSync(fileOf(two), fileOf(one));

    expect(outcome(() => blobs.get(one))).toMatchObject({
      code: "BLOB_CORRUPT",
      why: "its content has another SHA-256 than its name",
    });
  });

  test("is a bomb: no more is unpacked than was stored", () => {
    const address = blobs.put(TEXT);
    writeFileSync(fileOf(address), brotliCompressSync(Buffer.alloc(100_000_000), { params: FAST }));
    const before = process.memoryUsage().rss;

    const got = outcome(() => blobs.get(address));

    expect(got).toMatchObject({
      code: "BLOB_CORRUPT",
      why: `it unpacks to more than the ${Buffer.byteLength(TEXT)} bytes that were stored`,
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  test("is larger than any blob: not even read", () => {
    const address = blobs.put(TEXT);
    truncateSync(fileOf(address), 3_000_000_000);

    expect(outcome(() => blobs.get(address))).toMatchObject({
      why: "it has 3000000000 bytes, more than a blob can have",
    });
  });

  test("is a folder in its place: a code", () => {
    const address = blobs.put(TEXT);
    rmSync(fileOf(address));
    mkdirSync(fileOf(address));

    expect(outcome(() => blobs.get(address))).toMatchObject({ code: "BLOB_CORRUPT", why: "it is not a file" });
    expect(blobs.has(address)).toBe(false);
  });
});

describe("a symbolic link", () => {
  test("in a blob's place is not followed, and is replaced by putting the blob again", () => {
    const address = blobs.put(TEXT);
    renameSync(fileOf(address), join(scratch, "elsewhere"));
    symlinkSync(join(scratch, "elsewhere"), fileOf(address));

    expect(outcome(() => blobs.get(address))).toMatchObject({ code: "BLOB_CORRUPT", why: "it is a symbolic link" });
    expect(blobs.has(address)).toBe(false);
    blobs.put(TEXT);

    expect(lstatSync(fileOf(address)).isFile()).toBe(true);
    expect(blobs.get(address)).toBe(TEXT);
  });

  test("in a folder's place is refused for reading, writing and listing", () => {
    const address = blobs.put(TEXT);
    const folder = join(blobs.folder, address.slice(0, 2));
    renameSync(folder, join(scratch, "elsewhere"));
    symlinkSync(join(scratch, "elsewhere"), folder);

    expect(outcome(() => blobs.get(address))).toMatchObject({ code: "BLOB_CORRUPT", why: "it is not a folder" });
    expect(outcome(() => blobs.put(TEXT))).toMatchObject({ code: "BLOB_FILE", why: "it is not a folder" });
    expect([...blobs.list()]).toEqual([]);
  });
});

describe("an address that is none", () => {
  const hash = "a".repeat(64);

  test.each([
    "",
    "../../../etc/passwd",
    "/etc/passwd",
    `../${hash}-1`,
    `${hash}-1/../../x`,
    `${hash}-1\0`,
    `${hash}-01`,
    `${hash}--1`,
    `${hash}-1e3`,
    `${hash}-999999999`,
    `${hash}-1\n`,
    hash,
    hash.toUpperCase(),
    `${hash}-${"1".repeat(300)}`,
    "C:\\windows",
    "\\\\host\\share",
    undefined as unknown as string,
    ["x"] as unknown as string,
  ])("(%j) is refused and touches no file", (address) => {
    writeFileSync(join(scratch, "outside"), "outside");

    const outcomes = [
      outcome(() => blobs.get(address)),
      outcome(() => blobs.has(address)),
      outcome(() => blobs.remove(address)),
    ];

    expect(outcomes.map((got) => (got as { code?: string }).code)).toEqual(Array(3).fill("BLOB_CORRUPT"));
    expect(filesIn(scratch)).toEqual(["outside"]);
  });
});

describe("what a crash leaves", () => {
  test("half written is no blob, and is removed when it is old", () => {
    const address = blobs.put(TEXT);
    const folder = join(blobs.folder, "tmp");
    writeFileSync(join(folder, "1-0-old"), "torn");
    utimesSync(join(folder, "1-0-old"), LONG_AGO, LONG_AGO);
    writeFileSync(join(folder, "2-0-young"), "being written");

    expect([...blobs.list()].map((blob) => blob.address)).toEqual([address]);
    expect(blobs.removeTorn(LONG_AGO.getTime() + 1)).toBe(1);

    expect(readdirSync(folder)).toEqual(["2-0-young"]);
  });

  test("or a folder that was never there, is no error", () => {
    expect([...blobs.list()]).toEqual([]);
    expect(blobs.removeTorn(Date.now())).toBe(0);
    expect(existsSync(blobs.folder)).toBe(false);
  });
});

/** Root may write everywhere. */
describe.skipIf(process.getuid?.() === 0)("a folder that cannot be written", () => {
  test("is a code that says why", () => {
    mkdirSync(blobs.folder);
    chmodSync(blobs.folder, 0o500);

    expect(outcome(() => blobs.put(TEXT))).toMatchObject({
      code: "BLOB_FILE",
      doing: "written",
      why: expect.stringContaining("EACCES"),
    });
  });
});

describe("a folder whose place is a file", () => {
  test("is a code that says so", () => {
    writeFileSync(blobs.folder, "a file");

    expect(outcome(() => blobs.put(TEXT))).toMatchObject({ code: "BLOB_FILE", file: blobs.folder });
    expect(outcome(() => blobFolder(join(blobs.folder, "deeper")).put(TEXT))).toMatchObject({ code: "BLOB_FILE" });
  });
});
