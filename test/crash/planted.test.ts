/** R11: a rig that passes a bug that was planted proves nothing. */
import { beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../examples/workspace.ts";
import { PLANTED, plant } from "./planted.ts";

beforeAll(buildPackage);

describe("R11 the rig sees", () => {
  test.each(PLANTED.map((planted) => [planted.name, planted.what, planted] as const))(
    "%s: %s",
    async (_, __, planted) => {
      const { after } = await plant(planted, 1);

      expect(after).toBeGreaterThan(0);
    },
    120_000,
  );
});
