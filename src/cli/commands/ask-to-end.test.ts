import { describe, expect, test } from "vitest";
import { askToEnd, endAsAsked } from "./ask-to-end.ts";

function child(connected: boolean) {
  const said: string[] = [];
  return {
    said,
    connected,
    kill: (signal?: NodeJS.Signals | number) => said.push(`kill ${signal}`) > 0,
    disconnect: () => void said.push("disconnect"),
  };
}

describe("a child that is asked to end", () => {
  test.each([
    ["by a signal where there are signals", "linux", true, ["kill SIGTERM"]],
    ["over its channel on Windows, where a signal would end it at once", "win32", true, ["disconnect"]],
    ["by force on Windows, once it was asked", "win32", false, ["kill SIGTERM"]],
  ] as const)("is asked %s", (_how, platform, connected, expected) => {
    const asked = child(connected);

    askToEnd(asked, platform);

    expect(asked.said).toEqual(expected);
  });

  test("ends as its listeners for SIGTERM say, or at once without any", () => {
    const own = (isHeard: boolean) => {
      const said: string[] = [];
      const emit = (name: string) => said.push(name) > 0 && isHeard;
      return { said, emit: emit as never, exit: ((code: number) => said.push(`exit ${code}`)) as never };
    };
    const [heard, unheard] = [own(true), own(false)];

    endAsAsked(heard);
    endAsAsked(unheard);

    expect([heard.said, unheard.said]).toEqual([["SIGTERM"], ["SIGTERM", "exit 143"]]);
  });
});
