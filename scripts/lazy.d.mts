export interface SourceModule {
  readonly path: string;
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
  readonly exports: ReadonlyMap<string, readonly string[] | undefined>;
  readonly knowsItsPlace: boolean;
  readonly importsLater: readonly string[];
}
type Modules = ReadonlyMap<string, SourceModule>;
export const PARTS: Readonly<Record<string, readonly string[]>>;
export function membersOf(parts: Readonly<Record<string, readonly string[]>>, modules: Modules): Map<string, string>;
export function valuesAcross(modules: Modules, partOf: ReadonlyMap<string, string>): Map<string, Set<string>>;
export function checkOutside(modules: Modules, partOf: ReadonlyMap<string, string>, starts: readonly string[]): void;
export function lazyParts(
  root: string,
  esbuild: typeof import("esbuild"),
): Promise<{
  /** For the bundling of the ES modules. */
  readonly plugin: import("esbuild").Plugin;
  /** Name below dist/ → text, of every part. */
  readonly files: ReadonlyMap<string, string>;
  withRequire(text: string): string;
}>;
