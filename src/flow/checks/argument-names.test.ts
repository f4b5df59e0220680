import { describe, expect, test } from "vitest";
import { argumentNames, readNames } from "./argument-names.ts";

describe("argument names, read from a function's source", () => {
  test.each([
    ["(raw) => 1", ["raw"]],
    ["(s) => console.log(s)", ["s"]],
    ["raw => raw.length", ["raw"]],
    ["async raw => raw", ["raw"]],
    ["async (a, bc) => a", ["a", "bc"]],
    ["() => 1", []],
    ["function named(first, second) { return (first); }", ["first", "second"]],
    ["async function* gen(first) {}", ["first"]],
    ["method(first, second) {}", ["first", "second"]],
    ['["computed(x)"](first) {}', ["first"]],
    ["(first, second = 2, third = f(1, [2, 3], { a: ')' })) => 1", ["first", "second", "third"]],
    ["(first /* , second */, third) => 1", ["first", "third"]],
    ["(\n  first, // the first, of course\n  second,\n) => 1", ["first", "second"]],
    ["({ a, b }, [c], last) => 1", [undefined, undefined, "last"]],
    ["(first, ...rest) => 1", ["first", "rest"]],
    ["(first        , second      ) => 1", ["first", "second"]],
    ["(año, $x, _y) => 1", ["año", "$x", "_y"]],
    ["(text = `a\u0024{1},`, next) => 1", ["text", "next"]],
    ["async => async", ["async"]],
  ])("%s", (source, names) => {
    expect(readNames(source)).toEqual(names);
  });

  test.each([
    ["a=>a.b"],
    ["(a,b)=>a+b"],
    ["async(a,b)=>{await a(b)}"],
    ["function(a,b){return a+b}"],
    ["async e=>await e"],
  ])("%s is a minifier's work: its names explain nothing", (source) => {
    expect(readNames(source).every((name) => name === undefined)).toBe(true);
  });

  test("of a native or bound function are not known", () => {
    expect(argumentNames(Math.max as never)).toEqual([]);
    expect(argumentNames(function bound() {}.bind(null))).toEqual([]);
  });

  test("of a source that makes no sense are not known, and nothing hangs", () => {
    expect(readNames("(((((")).toEqual([]);
    expect(readNames("('unfinished")).toEqual([]);
    expect(readNames("")).toEqual([]);
  });
});
