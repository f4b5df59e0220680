export interface LockEntry {
  readonly version: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}
export function platformEntry(name: string, version: string, dev: boolean): LockEntry | undefined;
export function completed(lock: Lock): Lock;
