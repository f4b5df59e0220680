/** R25: clocks of real processes that are set while something waits. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../examples/workspace.ts";
import { complaintsAtEnd } from "./checks.ts";
import { type Place, Workspace } from "./rig.ts";

const HOUR_MS = 3_600_000;

let workspace: Workspace;
beforeAll(async () => {
  await buildPackage();
  workspace = await Workspace.make({});
});
afterAll(() => workspace.remove());

const endings = (place: Place) =>
  Object.fromEntries(
    [...(place.stored().runs[0]?.taskRuns.values() ?? [])].map(({ name, row }) => [
      name.slice(name.indexOf("/") + 1),
      row.state.type,
    ]),
  );

describe("R25 a clock that is set while a retry and a timeout wait", () => {
  test.each([
    ["an hour forward", HOUR_MS],
    ["an hour back", -HOUR_MS],
  ])("%s makes neither of them early or an hour late", async (_, stepMs) => {
    const place = workspace.place();

    const { code, err } = await place.start("ticks", { clock: { stepMs } }).ended;

    const { notes } = place.journal();
    const waited = (what: string) => Number(notes.find(([, name]) => name === what)?.[2]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(notes.some(([kind]) => kind === "clock")).toBe(true);
    expect(endings(place)).toMatchObject({ "in_time-1": "Success", "late-1": "TimedOut", "after-1": "Success" });
    expect(waited("retried after")).toBeGreaterThanOrEqual(299);
    expect(waited("timed out after")).toBeGreaterThanOrEqual(299);
    expect(complaintsAtEnd(place.stored(), place.journal(), 0)).toEqual([]);
  });
});

describe("R25 a clock that is set while a schedule is followed", () => {
  test.each([
    ["three seconds back", -3_000],
    ["an hour forward", HOUR_MS],
  ])("%s makes no tick run twice, and none early", async (_, stepMs) => {
    const place = workspace.place();
    const order = { clock: { stepMs } };

    const { code, err } = await place.start("ticks", order, { TICKS: "3" }).ended;

    const ticks = place.journal().notes.filter(([, what]) => what === "tick");
    const runs = place.stored().runs.map(({ row }) => row);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(new Set(ticks.map(([, , at]) => at)).size).toBe(3);
    expect(runs.map(({ createdAt, scheduledAt }) => createdAt - (scheduledAt ?? 0)).every((ms) => ms >= 0)).toBe(true);
  });
});
