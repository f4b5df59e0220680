/**
 * Which process this is, and whether another is alive. On one machine a live process *is* its lease: it is known by
 * its number, the boot it lives in and the moment it started, because numbers are given again. Of a process elsewhere
 * (another machine, another container) only its lease can be known.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, uptime } from "node:os";

export interface ProcessIdentity {
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  /** When it started, in the words of the system; empty where the system does not say. */
  readonly started: string;
}

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= { host: hostIdentity(), boot: bootIdentity(), pid: process.pid, started: startOf(process.pid) ?? "" };
  return own;
}

/** Containers count process numbers for themselves: each is a host of its own. */
function hostIdentity(): string {
  const named = process.env["CAUDAL_HOST"] ?? "";
  return named === "" ? `${hostname()} ${quietly(() => readlinkSync("/proc/self/ns/pid")) ?? ""}`.trim() : named;
}

function bootIdentity(): string {
  const linux = quietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  // Elsewhere: the minute the machine started in, which two reckonings may place on either side of a full one.
  return linux ?? `${Math.round((Date.now() / 1_000 - uptime()) / 60)}`;
}

/** Field 22 of /proc/PID/stat, counted behind the name in brackets, which may hold anything. */
function startOf(pid: number): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat
    ?.slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .at(19);
}

/** `leaseUntil` counts where the process is not of this host. */
export function isAlive(other: ProcessIdentity, leaseUntil: number, now: number): boolean {
  const self = thisProcess();
  if (other.host !== self.host) return leaseUntil > now;
  if (other.boot !== self.boot && isNeitherMinute(other.boot, self.boot)) return false;
  if (!exists(other.pid)) return false;
  const started = startOf(other.pid);
  return started === undefined || other.started === "" || started === other.started;
}

function isNeitherMinute(a: string, b: string): boolean {
  return !(Math.abs(Number(a) - Number(b)) <= 1);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export function describeProcess({ pid, host }: ProcessIdentity): string {
  return host === thisProcess().host ? `process ${pid}` : `process ${pid} on ${host.split(" ")[0]}`;
}
