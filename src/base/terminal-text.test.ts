import { describe, expect, test } from "vitest";
import { TERMINAL_PAYLOADS } from "../../test/support/payloads.ts";
import { consoleLogger } from "../runtime/report/console-logger.ts";
import { terminalText } from "./terminal-text.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe("text on its way to a terminal", () => {
  test.each(TERMINAL_PAYLOADS)("S21: %j is shown, not obeyed", (payload) => {
    expect(terminalText(`before ${payload} after`)).not.toMatch(OBEYED);
  });

  test("keeps its lines, its tabs and every letter", () => {
    expect(terminalText("één\tzwei\r\ndrei 日本 🙂\n")).toBe("één\tzwei\ndrei 日本 🙂\n");
  });

  test("shows what it takes away", () => {
    expect(terminalText("\u001b[31m\u007f\r\u009b\u202e")).toBe("␛[31m␡␍\ufffd\ufffd");
  });

  test("S21: in a log line is shown too", () => {
    let printed = "";
    const logger = consoleLogger({ level: "info", json: false, zone: "UTC", write: (text) => (printed += text) });

    for (const message of TERMINAL_PAYLOADS) logger.write({ at: 0, level: "error", logger: "caudal.f", message });

    expect(printed.split("\n")).toHaveLength(TERMINAL_PAYLOADS.length + 1);
    expect(printed).not.toMatch(OBEYED);
  });
});
