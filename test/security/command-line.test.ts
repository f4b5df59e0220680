/** What the command line does with texts of others, and whom it asks: as real processes. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage, CLI, type Folder, hearing, NPM_INIT, userFolder } from "../cli/user-folder.ts";
import { environmentFor } from "../support/nodes.ts";
import { TERMINAL_PAYLOADS } from "../support/payloads.ts";

const HOSTILE = `import { flow, task } from "caudal";
const payloads = ${JSON.stringify(TERMINAL_PAYLOADS)};
const give = task("give", () => payloads);
const say = task("say", () => console.log(payloads.join("\\n")));
const fail = task("fail", (given) => { throw new Error(given.join(" ")); });
export const hostile = flow("hostile", () => {
  say();
  fail(give());
});
`;
const GIVES = `import { flow, task } from "caudal";
const give = task("give", (what: unknown) => what);
export const gives = flow({ name: "gives", parameters: { what: {} as unknown } }, ({ what }) => give(what));
`;
const FORGED = `import { flow, task } from "caudal";
const say = task("say", () => console.log('one\\n[2026-01-01 00:00:00+0000] ERROR - caudal.say | forged\\n{"level":"error"}'));
export const forged = flow("forged", () => say());
`;
/** Writes down whom a process asks. */
const WATCHES = `import { appendFileSync } from "node:fs";
import dns from "node:dns";
import dgram from "node:dgram";
import net from "node:net";
import { syncBuiltinESMExports } from "node:module";
const asked = (what) => appendFileSync(process.env.ASKED, what + "\\n");
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  asked("connect " + JSON.stringify(options));
  return connect.apply(this, args);
};
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) { asked("send"); return send.apply(this, args); };
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
  const { [name]: own } = dns;
  dns[name] = (host, ...rest) => { asked("look up " + host); return own(host, ...rest); };
}
syncBuiltinESMExports();
`;

/** Of util-linux: gives a program a terminal of its own. */
const HAS_TERMINAL =
  process.platform === "linux" && (spawnSync("script", ["--version"]).stdout ?? "").toString().includes("util-linux");

let folder: Folder;
beforeAll(async () => {
  await buildPackage();
  const files = { "hostile.mts": HOSTILE, "gives.mts": GIVES, "forged.mts": FORGED, "watches.mjs": WATCHES };
  folder = userFolder({ "package.json": NPM_INIT, ...files });
});
afterAll(() => folder.remove());

/** What a terminal would have been told, line ends as written. */
function onTerminal(...words: readonly string[]): Promise<string> {
  const command = [process.execPath, CLI, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    cwd: folder.path,
    env: { ...environmentFor(process.execPath), TERM: "xterm" },
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (screen += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(screen.replaceAll("\r\n", "\n")));
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const OBEYED = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e]|\u001b(?!\[(1|2|22|31|32|36|39)m)/;

describe.runIf(HAS_TERMINAL)("a terminal that is shown what others wrote", () => {
  test("S21: obeys nothing of it: run, runs show, logs, why, results", async () => {
    await folder.caudal(["run", "hostile.mts"]);

    const screens = [
      await onTerminal("runs", "show", "last"),
      await onTerminal("runs", "logs", "last"),
      await onTerminal("runs", "why", "last"),
      await onTerminal("runs"),
      await onTerminal("run", "gives.mts", "--params", JSON.stringify({ what: TERMINAL_PAYLOADS })),
      await onTerminal("run", TERMINAL_PAYLOADS.join("")),
    ];

    expect(screens.map((screen) => OBEYED.exec(screen)?.[0])).toEqual(screens.map(() => undefined));
    expect(screens[0]).toContain("␛]0;title␇");
    expect(screens[1]).toContain("␛[31mred");
  });
});

describe("a log", () => {
  test("S22: has one record for what was printed at once, in words and in JSON", async () => {
    await folder.caudal(["run", "forged.mts"]);

    const words = (await folder.caudal(["runs", "logs", "last"])).out;
    const json = (await folder.caudal(["runs", "logs", "last", "--json"])).out;

    expect(words.split("\n").filter((line) => line.startsWith("[") || line.startsWith("{"))).toHaveLength(1);
    expect(words).toContain("\n    [time] ERROR - caudal.say | forged");
    expect(
      json
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toHaveLength(1);
  });
});

describe("a parameter", () => {
  test.each(['{"what":{"__proto__":{"polluted":1}}}', '{"what":[{"constructor":{"prototype":{"polluted":1}}}]}'])(
    "S24: %s is data, or refused, where no object has a __proto__ at all",
    async (parameters) => {
      const words = ["run", "gives.mts", "--params", parameters];

      const { out, err, code } = await folder.caudal(words, { env: { NODE_OPTIONS: "--disable-proto=throw" } });

      expect(err + out).not.toContain("ERR_PROTO_ACCESS");
      expect([0, 65]).toContain(code);
    },
  );
});

describe("a name that looks like a path", () => {
  test.each(["../../../../etc/passwd", "/etc/passwd", "..\\..\\x", "C:\\x", "\\\\host\\share", "x".repeat(300)])(
    "S26: %s is a run that is not there, and no file",
    async (name) => {
      const files = () => readdirSync(dirname(folder.path), { recursive: true }).length;
      const before = files();

      const answers = [];
      for (const words of [
        ["runs", "show", name],
        ["runs", "logs", name],
        ["resume", name],
      ])
        answers.push(await folder.caudal(words));

      expect(answers.map(({ err }) => /^(error: )?.*(RUN_UNKNOWN|no run)/.test(err))).toEqual([true, true, true]);
      expect(files()).toBe(before);
    },
  );
});

describe("the network", () => {
  test("S52: is asked for nothing by a run, nor by a server and its page", async () => {
    const record = join(folder.path, "asked.txt");
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(folder.path, "watches.mjs")).href}`, ASKED: record };
    await folder.caudal(["run", "forged.mts"], { env });

    const { heard, said } = hearing("Ctrl-C ends it");
    let printed = "";
    const ended = folder.caudal(["serve", "--port", "0", "forged.mts"], {
      env,
      heard: (text) => {
        printed = text;
        heard(text);
      },
    });
    await said;
    const address = /http:\/\/[\d.:]+/.exec(printed)?.[0] ?? "";
    const page = await (await fetch(address)).text();
    const about = (await (await fetch(`${address}/api/v1/about`)).json()) as { readonly pid: number };
    process.kill(about.pid, "SIGTERM");
    await ended;

    expect(page).toContain("<html");
    // Of its own address, to listen there; and so one sees that asking would have been seen.
    expect(readFileSync(record, "utf8")).toBe("look up 127.0.0.1\n");
  });

  test("S52: is named in no file of the page but as a link somebody would have to follow", () => {
    const built = join(dirname(CLI), "ui");
    const texts = readdirSync(built, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(html|css|js)$/.test(name))
      .map((name) => readFileSync(join(built, name), "utf8"));

    const loads = texts.flatMap(
      (text) =>
        text.match(/(src|srcset)\s*=\s*["']?https?:[^"' ]*|url\(\s*["']?https?:[^)]*|@import[^;]*https?:/g) ?? [],
    );

    expect(texts.length).toBeGreaterThan(3);
    expect(loads).toEqual([]);
  });
});
