/** U48. The colours people see, read from the shipped style sheet. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { GROUPS } from "./look.ts";

const CSS = readFileSync(new URL("./styles/tokens.css", import.meta.url), "utf8");

type Theme = "light" | "dark";
type Rgb = readonly [number, number, number];

function colour(name: string, theme: Theme): Rgb {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(CSS);
  const hex = found?.[theme === "light" ? 1 : 2] ?? "";
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb;
}

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const gamma = (value: number) => (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
const times = (matrix: readonly Rgb[], [r, g, b]: Rgb): Rgb =>
  matrix.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Rgb;

/** Machado, Oliveira and Fernandes 2009, severity 1. */
const VISIONS: { readonly [name: string]: readonly Rgb[] } = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(rgb: Rgb, vision: string): Rgb {
  const light = times(VISIONS[vision] ?? [], rgb.map(linear) as unknown as Rgb);
  return light.map((value) => gamma(Math.min(1, Math.max(0, value)))) as unknown as Rgb;
}

function lab(rgb: Rgb): Rgb {
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    rgb.map(linear) as unknown as Rgb,
  );
  const f = (value: number) => (value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** CIEDE2000 (Sharma, Wu and Dalal 2005). */
function distance([l1, a1, b1]: Rgb, [l2, a2, b2]: Rgb): number {
  const radians = Math.PI / 180;
  const meanC = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const grey = 0.5 * (1 - Math.sqrt(meanC ** 7 / (meanC ** 7 + 25 ** 7)));
  const [x1, x2] = [a1 * (1 + grey), a2 * (1 + grey)];
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const hue = (x: number, b: number) => (x === 0 && b === 0 ? 0 : (Math.atan2(b, x) / radians + 360) % 360);
  const [h1, h2] = [hue(x1, b1), hue(x2, b2)];
  const turn = c1 * c2 === 0 ? 0 : h2 - h1 > 180 ? h2 - h1 - 360 : h2 - h1 < -180 ? h2 - h1 + 360 : h2 - h1;
  const meanH = c1 * c2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + 360) / 2;
  const [dL, dC, dH] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * radians)];
  const [meanL, chroma] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const t =
    1 -
    0.17 * Math.cos((meanH - 30) * radians) +
    0.24 * Math.cos(2 * meanH * radians) +
    0.32 * Math.cos((3 * meanH + 6) * radians) -
    0.2 * Math.cos((4 * meanH - 63) * radians);
  const sL = 1 + (0.015 * (meanL - 50) ** 2) / Math.sqrt(20 + (meanL - 50) ** 2);
  const [sC, sH] = [1 + 0.045 * chroma, 1 + 0.015 * chroma * t];
  const rotation =
    -2 *
    Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7)) *
    Math.sin(60 * Math.exp(-(((meanH - 275) / 25) ** 2)) * radians);
  return Math.sqrt((dL / sL) ** 2 + (dC / sC) ** 2 + (dH / sH) ** 2 + rotation * (dC / sC) * (dH / sH));
}

function contrast(one: Rgb, other: Rgb): number {
  const luminance = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const THEMES: readonly Theme[] = ["light", "dark"];
const pairs = GROUPS.flatMap((one, at) => GROUPS.slice(at + 1).map((other) => [one, other] as const));

describe.each(THEMES)("state colours in the %s theme", (theme) => {
  test.each(Object.keys(VISIONS))("are at least 15 apart for %s vision", (vision) => {
    const near = pairs.filter(
      ([one, other]) => distance(lab(seen(colour(one, theme), vision)), lab(seen(colour(other, theme), vision))) < 15,
    );

    expect(near).toEqual([]);
  });

  test("stand out from the page: 3 to 1", () => {
    const pale = GROUPS.filter((group) =>
      ["page", "raised"].some((ground) => contrast(colour(group, theme), colour(ground, theme)) < 3),
    );

    expect(pale).toEqual([]);
  });

  test("carry a sign one can read: 4.5 to 1", () => {
    const filled = ["success", "cached", "failed", "blocked"];

    expect(filled.filter((group) => contrast(colour(group, theme), colour(`on-${group}`, theme)) < 4.5)).toEqual([]);
  });
});

describe.each(THEMES)("texts in the %s theme", (theme) => {
  test.each([
    ["text", "page"],
    ["text", "raised"],
    ["text", "danger-soft"],
    ["text", "warn-soft"],
    ["text", "sunken"],
    ["muted", "page"],
    ["muted", "raised"],
    ["muted", "danger-soft"],
    ["muted", "warn-soft"],
    ["accent", "page"],
    ["accent", "raised"],
    ["accent", "accent-soft"],
    ["accent", "danger-soft"],
    ["danger", "page"],
    ["danger", "danger-soft"],
    ["on-accent", "accent"],
    ["on-accent", "accent-hover"],
  ])("%s on %s has 4.5 to 1", (text, ground) => {
    expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  test("the focus ring has 3 to 1 on every ground", () => {
    const weak = ["page", "raised", "sunken", "accent-soft"].filter(
      (ground) => contrast(colour("focus", theme), colour(ground, theme)) < 3,
    );

    expect(weak).toEqual([]);
  });
});
