/** After a change of the states that is meant, `npx vitest run test/docs/states -u` writes them into their page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./reader.ts";
import { withStates } from "./states-page.ts";

const PAGE = join(ROOT, "docs", "reference", "states.md");

test("docs/reference/states.md has the states the engine has", async () => {
  const page = withStates(readFileSync(PAGE, "utf8"));

  await expect(page).toMatchFileSnapshot(PAGE);
});
