/** What a reason says besides its code, read without trust: another version of the server may say less. */
import type { Json, WhyCode } from "../../../src/server/contract.ts";
import { absolute, duration } from "../format-time.ts";

export interface WhyFacts {
  text(name: string): string;
  number(name: string): number;
  /** With its zone; undefined where it is not told. */
  time(name: string): string | undefined;
  duration(name: string): string;
  texts(name: string): readonly string[];
  /** The names of `upstreams`. */
  names(name: string): readonly string[];
}

export type WhySentences = Record<WhyCode, (facts: WhyFacts) => string>;

export function factsOf(
  parameters: { readonly [name: string]: Json },
  { zone, language }: { readonly zone: string; readonly language: string },
): WhyFacts {
  const list = (name: string) => {
    const value = parameters[name];
    return Array.isArray(value) ? (value as readonly Json[]) : [];
  };
  const number = (name: string) => {
    const value = parameters[name];
    return typeof value === "number" ? value : 0;
  };
  return {
    number,
    text: (name) => {
      const value = parameters[name];
      return typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
    },
    time: (name) => (typeof parameters[name] === "number" ? absolute(number(name), zone, language) : undefined),
    duration: (name) => duration(number(name), language),
    texts: (name) => list(name).map(String),
    names: (name) =>
      list(name).map((item) =>
        typeof item === "object" && item !== null && "name" in item ? String(item.name) : String(item),
      ),
  };
}
