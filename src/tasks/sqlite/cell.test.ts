import { describe, expect, test } from "vitest";
import { complaintAbout } from "./cell.ts";

describe("a value for a cell", () => {
  test.each([
    ["text"],
    [""],
    ["ñandú 😡"],
    [0],
    [-1.5],
    [Infinity],
    [2n ** 63n - 1n],
    [true],
    [null],
    [new Uint8Array(2)],
    [Buffer.from("é")],
  ])("%s can be kept", (value) => {
    expect(complaintAbout(value)).toBeUndefined();
  });

  test.each([
    [new Date(0), "a Date", /toISOString/],
    [undefined, "undefined", /say null/],
    [Number.NaN, "NaN", /null/],
    [2n ** 63n, "a bigint of more than 64 bits", /String\(value\)/],
    ["half \ud800 a character", "text with half a character (a lone surrogate)", /toWellFormed/],
    [{ a: 1 }, "an object", /JSON\.stringify/],
    [[1], "an array", /JSON\.stringify/],
    [new Map(), "a Map", /JSON\.stringify/],
    [new URL("http://a.example"), "a URL", /JSON\.stringify/],
    [Object.create(null), "an object", /JSON\.stringify/],
    [new ArrayBuffer(1), "an ArrayBuffer", /new Uint8Array/],
    [new Float64Array(1), "a Float64Array", /new Uint8Array/],
    [Promise.resolve(1), "a promise", /await/],
    [() => 1, "a function", /take it out/],
    [Symbol("s"), "a symbol", /take it out/],
  ])("%s cannot, and the complaint says what to do", (value, got, fix) => {
    expect(complaintAbout(value)).toEqual({ got, fix: expect.stringMatching(fix) });
  });
});
