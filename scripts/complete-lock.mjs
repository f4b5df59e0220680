/**
 * Adds to package-lock.json the builds for other platforms that the registry at hand did not know when the
 * lockfile was written (a mirror may hold those of its own machines only). Without them `npm ci` of npm 11
 * refuses the lockfile: "Missing: … from lock file". Run after `npm install` changed the lockfile.
 *
 * Such packages name their platform in their own name and have no dependencies, so name, exact version, os,
 * cpu and libc are all there is to say; npm checks nothing else before it decides that one is not for us.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const OS = {
  android: "android",
  darwin: "darwin",
  freebsd: "freebsd",
  linux: "linux",
  openharmony: "openharmony",
  win32: "win32",
  windows: "win32",
};
const CPU = {
  arm: "arm",
  arm64: "arm64",
  ia32: "ia32",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "x64",
  wasm32: "wasm32",
};
const LIBC = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" };

/** What a platform package's lockfile entry must say, read from its name. */
export function platformEntry(name, version, dev) {
  const words = name.split("/").pop().split("-");
  const pick = (table) => words.filter((word) => word in table).map((word) => table[word]);
  const [os, cpu, libc] = [pick(OS), pick(CPU), pick(LIBC)];
  if (cpu.length !== 1 || !/^\d+\.\d+\.\d+/.test(version)) return undefined;
  return {
    version,
    cpu,
    ...(dev ? { dev: true } : {}),
    ...(os.includes("linux") && libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

/** The lockfile with every optional platform package in it, entries in npm's order. */
export function completed(lock) {
  const packages = { ...lock.packages };
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const made = platformEntry(name, version, entry.dev === true);
      if (!(`node_modules/${name}` in packages) && made !== undefined) packages[`node_modules/${name}`] = made;
    }
  }
  const inOrder = Object.keys(packages).sort((a, b) => a.localeCompare(b, "en"));
  return { ...lock, packages: Object.fromEntries(inOrder.map((key) => [key, packages[key]])) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL("../package-lock.json", import.meta.url));
  const lock = JSON.parse(await readFile(path, "utf8"));
  const whole = completed(lock);
  await writeFile(path, `${JSON.stringify(whole, null, 2)}\n`);
  console.log(
    `${Object.keys(whole.packages).length - Object.keys(lock.packages).length} platform packages added to package-lock.json`,
  );
}
