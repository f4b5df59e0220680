/** The part of the Store port's suite about places that processes share: limits, and runs of a flow at once. */
import { describe, expect, test } from "vitest";
import type { Processes } from "./store-ownership.ts";
import { AT } from "./store-rows.ts";

const DB = { name: "db", max: 2 };
const API = { name: "api", max: 1 };

export function describePlaces({ place, store, another }: Processes): void {
  describe("a place that processes share", () => {
    test("is taken by no more than there are, over all processes", async () => {
      const other = await another();

      expect(await store().claimPlaces([DB], AT, AT)).toBeUndefined();
      expect(await other.claimPlaces([DB], AT, AT)).toBeUndefined();
      expect(await other.claimPlaces([DB], AT, AT)).toBe("db");
      expect(await store().claimPlaces([DB], AT, AT)).toBe("db");
    });

    test("is taken together with others, or none is", async () => {
      await store().claimPlaces([API], AT, AT);

      expect(await store().claimPlaces([DB, API], AT, AT)).toBe("api");

      expect(await store().claimPlaces([DB], AT, AT)).toBeUndefined();
      expect(await store().claimPlaces([DB], AT, AT)).toBeUndefined();
    });

    test("wakes who waits for it in another process", async () => {
      const other = await another();
      await store().claimPlaces([API], AT, AT);
      expect(await other.claimPlaces([API], AT + 1, AT + 1)).toBe("api");
      const free = new Promise<void>((resolve) => other.whenPlaceFree("api", resolve));

      await store().releasePlaces(["api"]);
      await free;

      expect(await other.claimPlaces([API], AT + 1, AT + 2)).toBeUndefined();
    });

    test("wakes who waits for it in the same process, once, and not who has left", async () => {
      const called: string[] = [];
      await store().claimPlaces([API], AT, AT);
      store().whenPlaceFree("api", () => called.push("stays"));
      store().whenPlaceFree("api", () => called.push("left"))();

      await store().releasePlaces(["api"]);
      await store().claimPlaces([API], AT, AT);
      await store().releasePlaces(["api"]);

      expect(called).toEqual(["stays"]);
    });

    test("goes to the process that has waited longest", async () => {
      const [second, third] = [await another(), await another()];
      await store().claimPlaces([API], AT, AT);
      expect(await second.claimPlaces([API], AT + 1, AT + 1)).toBe("api");
      expect(await third.claimPlaces([API], AT + 2, AT + 2)).toBe("api");

      await store().releasePlaces(["api"]);

      expect(await store().claimPlaces([API], AT + 3, AT + 3)).toBe("api");
      expect(await third.claimPlaces([API], AT + 2, AT + 3)).toBe("api");
      expect(await second.claimPlaces([API], AT + 1, AT + 3)).toBeUndefined();
    });

    test("waits for nobody who has stopped asking", async () => {
      const other = await another();
      await store().claimPlaces([API], AT, AT);
      expect(await other.claimPlaces([API], AT + 1, AT + 1)).toBe("api");
      await store().releasePlaces(["api"]);

      expect(await store().claimPlaces([API], AT + 2, AT + 2)).toBe("api");
      expect(await store().claimPlaces([API], AT + 2, AT + 60_000)).toBeUndefined();
    });

    test("waits for nobody who has left while others of that process go on asking", async () => {
      const [left, waits] = [await another(), await another()];
      await store().claimPlaces([API], AT, AT);
      expect(await left.claimPlaces([API], AT + 1, AT + 1)).toBe("api");
      expect(await waits.claimPlaces([API], AT + 2, AT + 2)).toBe("api");
      await store().releasePlaces(["api"]);

      expect(await left.claimPlaces([API], AT + 3, AT + 3)).toBe("api");
      expect(await waits.claimPlaces([API], AT + 2, AT + 4)).toBeUndefined();
    });

    test.each([
      ["dies", async (holder: Awaited<ReturnType<Processes["another"]>>) => place().kill(holder)],
      ["closes the store", async (holder: Awaited<ReturnType<Processes["another"]>>) => holder.close()],
    ])("is free again when the process that had it %s", async (_, end) => {
      const holder = await another();
      await holder.claimPlaces([API], AT, AT);
      expect(await store().claimPlaces([API], AT + 1, AT + 1)).toBe("api");
      const free = new Promise<void>((resolve) => store().whenPlaceFree("api", resolve));

      await end(holder);
      await free;

      expect(await store().claimPlaces([API], AT + 1, AT + 2)).toBeUndefined();
    });
  });
}
