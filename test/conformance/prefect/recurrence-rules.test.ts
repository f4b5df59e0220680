/**
 * Recurrence rules beside dateutil, which Prefect 1.x leaves them to: random rules and what dateutil 2.9 gave for each
 * (recurrence-rules.json, without time zones). Two kinds are left out because RFC 5545 and ISO 8601 decide against
 * dateutil: BYSETPOS in a first week that began before the start, and BYWEEKNO=53 in years without such a week.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { rrule } from "../../../src/index.ts";

interface RuleCase {
  readonly rule: string;
  readonly start: string;
  readonly after: string;
  readonly dates: readonly string[];
}

const cases = JSON.parse(
  readFileSync(new URL("recurrence-rules.json", import.meta.url), "utf8"),
) as readonly RuleCase[];

describe("a recurrence rule gives the dates dateutil gives", () => {
  test.each(cases.map((ruleCase) => [`${ruleCase.rule} from ${ruleCase.start}`, ruleCase] as const))(
    "%s",
    (_, { rule, start, after, dates }) => {
      const ticks = rrule(rule, { start }).upcoming(Date.parse(after), Math.max(dates.length, 1));

      expect(ticks.map(({ at }) => new Date(at).toISOString().replace(".000Z", "Z"))).toEqual(dates);
    },
  );
});
