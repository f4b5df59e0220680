/** R18, F07: a real disk, small enough to fill up. Needs root and mount(8), to have one of its own. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../examples/workspace.ts";
import { complaintsAtDeath, complaintsAtEnd } from "./checks.ts";
import { type Place, Workspace } from "./rig.ts";
import { until } from "./zombie.ts";

const DISK = "size=8m,mode=0700";

function mount(folder: string, options: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status === 0;
}

function unmount(folder: string): void {
  spawnSync("umount", ["-l", folder]);
}

const HAS_DISKS = canMount();
if (!HAS_DISKS)
  console.warn("SKIPPED: no disk can be mounted here (root and mount(8) are needed): nothing fills one up");

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "caudal-disk-"));
  const mounted = mount(folder, DISK);
  if (mounted) unmount(folder);
  rmdirSync(folder);
  return mounted;
}

let workspace: Workspace;
const disks: string[] = [];
beforeAll(async () => {
  await buildPackage();
  workspace = await Workspace.make({});
});
afterAll(() => {
  for (const disk of disks) unmount(disk);
  workspace.remove();
});

function placeOnDisk(): Place {
  const place = workspace.place();
  mkdirSync(place.store);
  mount(place.store, DISK);
  disks.push(place.store);
  return place;
}

/** Takes all that is left, page by page. */
function fill({ store }: Place): void {
  const page = Buffer.alloc(4_096);
  while (statfsSync(store).bavail > 0) writeFileSync(join(store, "filler"), page, { flag: "a" });
}

function makeRoom({ store }: Place): void {
  for (const name of readdirSync(store)) if (name.startsWith("filler")) rmSync(join(store, name));
}

/** A run that waits for room. */
async function onFullDisk() {
  const place = placeOnDisk();
  const filled = join(place.folder, "filled");
  const worker = place.start("fills", {}, { FILLED: filled });
  await until(() => place.journal().notes.some(([, what, n]) => what === "step" && n === "2"));
  fill(place);
  writeFileSync(filled, "");
  await until(() => worker.said.out.includes("Waiting to go on with run"));
  return { place, ...worker };
}

describe.skipIf(!HAS_DISKS)("R18 a disk that is full while a run goes on", () => {
  test("makes it wait, says so, and is waited for: with room it goes on by itself", async () => {
    const { place, ended } = await onFullDisk();
    const whileFull = complaintsAtDeath(place.stored(), place.journal());

    makeRoom(place);
    const { code, out, err } = await ended;

    expect(whileFull).toEqual([]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("is full: make room, and the run goes on by itself");
    expect(out).toContain("Going on with run");
    expect(place.stored().runs[0]?.row.state).toMatchObject({ type: "Success", result: 8 });
    expect(place.journal().starts.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(complaintsAtEnd(place.stored(), place.journal(), 0)).toEqual([]);
  });

  test("can be left by Ctrl-C: nothing that was kept is lost, and the run goes on later", async () => {
    const { place, child, ended } = await onFullDisk();
    child.kill("SIGINT");
    const { code } = await ended;
    const left = complaintsAtDeath(place.stored(), place.journal());

    makeRoom(place);
    const second = await place.start("fills", { resumeLast: true }, { FILLED: place.folder }).ended;

    expect({ code, left }).toEqual({ code: 130, left: [] });
    expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: "" });
    expect(place.stored().runs[0]?.row.state).toMatchObject({ type: "Success", result: 8 });
    expect(complaintsAtEnd(place.stored(), place.journal(), 1)).toEqual([]);
  });

  test("keeps a cancel until there is room for it: then it ends Cancelled, and only what was being committed still began", async () => {
    const { place, child, ended } = await onFullDisk();
    const before = place.journal().starts.length;
    child.kill("SIGUSR2");
    await until(() => place.journal().notes.some(([, what]) => what === "cancelled"));
    makeRoom(place);
    const { code, err } = await ended;

    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(place.stored().runs[0]?.row.state.type).toBe("Cancelled");
    expect(place.journal().starts.length).toBeLessThanOrEqual(before + 1);
  });
});

describe.skipIf(!HAS_DISKS)("F07 a store on a disk that can only be read", () => {
  test("is refused with a code and what to do, and not touched", async () => {
    const place = placeOnDisk();
    await place.start("many", { keys: ["first"] }).ended;
    spawnSync("mount", ["-o", "remount,ro", place.store]);
    const before = contentOf(place);

    const { code, err, out } = await place.start("many", { keys: ["second"] }).ended;

    expect(code, out).toBe(70);
    expect(err).toMatch(/^STORE_\w+: /);
    expect(err).not.toMatch(/^\s+at /m);
    expect(contentOf(place)).toEqual(before);
    expect(place.journal().starts).toHaveLength(2);
  });
});

function contentOf({ store }: Place): readonly string[] {
  return readdirSync(store).map((name) => {
    const hash = createHash("sha256").update(readFileSync(join(store, name)));
    return `${name} ${hash.digest("hex")}`;
  });
}
