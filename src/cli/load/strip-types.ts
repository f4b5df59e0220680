/**
 * TypeScript to JavaScript by taking the types away and leaving spaces, so that every line and column stays.
 * The engine is the one Node itself uses; it is loaded with the first TypeScript file (some 30 ms).
 */
import { createRequire } from "node:module";

export interface StripProblem {
  /** `not-erasable`: enums, namespaces, parameter properties, which need compiling. */
  readonly kind: "syntax" | "not-erasable";
  readonly why: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export type Stripped =
  | { readonly ok: true; readonly code: string }
  | { readonly ok: false; readonly problem: StripProblem };

type Engine = typeof import("@swc/wasm-typescript");

/** What the engine throws: plain data, lines from 1, columns from 0. */
interface EngineProblem {
  readonly code: string;
  readonly message: string;
  readonly startLine: number;
  readonly startColumn: number;
}

let engine: Engine | undefined;

/** Takes the types out of an ES module. JavaScript comes back as it was, or with its syntax error. */
export function stripTypes(source: string, filename: string): Stripped {
  engine ??= createRequire(import.meta.url)("@swc/wasm-typescript") as Engine;
  try {
    return { ok: true, code: engine.transformSync(source, { mode: "strip-only", module: true, filename }).code };
  } catch (thrown) {
    if (!isEngineProblem(thrown)) throw thrown;
    const kind = thrown.code === "UnsupportedSyntax" ? "not-erasable" : "syntax";
    return {
      ok: false,
      problem: { kind, why: thrown.message, line: thrown.startLine, column: thrown.startColumn + 1 },
    };
  }
}

function isEngineProblem(thrown: unknown): thrown is EngineProblem {
  return typeof thrown === "object" && thrown !== null && "startLine" in thrown && "code" in thrown;
}
