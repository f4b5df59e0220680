/** Flows whose runs browser tests look at: as in the tutorial, failing, mapped, waiting, slow, and talking a lot. */
import { approval, context, flow, task } from "../../src/index.ts";

/** A door that a task waits at until the test opens it; a cancel opens it as well. */
export interface Gate {
  pass(): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    open,
    async pass() {
      const { signal } = context();
      const cancelled = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await Promise.race([opened, cancelled]);
      signal.throwIfAborted();
    },
  };
}

const createTable = task("create_table", () => undefined);

/** The tutorial's flow; it stops at the gate before it stores. */
export function gatedEtl(door: Gate) {
  const getData = task("get_complaint_data", (size: number) => {
    console.log("I actually requested this time!");
    return Array.from({ length: size }, (_, at) => ({ complaint_id: `c${at}` }));
  });
  const parse = task("parse_complaint_data", async (raw: readonly object[]) => {
    await door.pass();
    console.log(`${raw.length} records are parsed`);
    return raw;
  });
  const store = task("store_complaints", (parsed: readonly object[]) => {
    console.log(`${parsed.length} rows are stored`);
    return parsed.length;
  });
  return flow({ name: "my etl flow", parameters: { size: 25 } }, ({ size }) => {
    const table = createTable();
    store(parse(getData(size))).setUpstream(table);
  });
}

export const cachedEtl = flow("etl-cached", () => {
  const extract = task({ name: "extract", cacheFor: "1d" }, () => [1, 2, 3]);
  task("load", (rows: readonly number[]) => rows.length)(extract());
});

/** Fails until it is told to be well. */
export function failingEtl(health: { well: boolean }) {
  const getData = task("get_complaint_data", () => [1]);
  const parse = task("parse_complaint_data", (raw: readonly number[]) => {
    console.log(`${raw.length} record is parsed`);
    if (!health.well)
      throw new TypeError("record 99 is not a complaint\nIt has no complaint_id.", { cause: new Error("c") });
    return raw;
  });
  const store = task("store_complaints", (parsed: readonly number[]) => parsed.length);
  return flow("etl-failing", () => {
    const table = createTable();
    store(parse(getData())).setUpstream(table);
  });
}

export const retried = flow("retried", () => {
  task({ name: "flaky", retries: 2, retryDelay: "120ms" }, () => {
    if (context().attempt < 3) throw new Error("not yet");
    return "there";
  })();
});

export const mapped500 = flow("mapped-500", () => {
  const numbers = task("numbers", () => Array.from({ length: 500 }, (_, at) => at));
  const double = task("double", (n: number) => {
    if (n === 317) throw new RangeError("317 cannot be doubled today");
    return n * 2;
  });
  task(
    { name: "count", trigger: "any_successful" },
    (all: readonly unknown[]) => all.length,
  )(double.map(numbers()) as never);
});

const asked = approval("Publish this text?", { name: "ask_editor" });

export const publishing = flow("publishing", () => {
  const draft = task("draft", () => "Rivers carry what they are given.");
  task("publish", (_: boolean) => "published")(asked(draft()));
});

export function twoAtOnce(door: Gate) {
  const wait = async () => {
    await door.pass();
  };
  return flow("two at once", () => {
    const left = task("left", wait)();
    const right = task("right", wait)();
    task("after", () => "done")()
      .setUpstream(left)
      .setUpstream(right);
  });
}

export const bigResult = flow("big result", () => {
  task("make", () => ({ rows: Array.from({ length: 20_000 }, (_, id) => ({ id, text: "y".repeat(900) })) }))();
});

/** Deeper, wider and longer than anybody can look at as a whole. */
export const strangeResults = flow("strange results", () => {
  task("deep", () => {
    let value: unknown = "the bottom";
    for (let depth = 400; depth > 0; depth--) value = { [`level ${depth}`]: value };
    return value;
  })();
  task("wide", () => Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`key ${at}`, at])))();
  task("long", () => "z".repeat(5_000_000))();
});

/** Its later lines are higher than one expects. */
export const piling = flow("piling", () => {
  task("pile", () => {
    for (let line = 1; line <= 300; line++)
      console.log(line < 100 ? `low ${line}` : `high ${line}\n  and\n  more\n  of it`);
  })();
});

export function talking(lines: number) {
  return flow("talking", () => {
    task("talk", () => {
      for (let line = 1; line <= lines; line++) console.log(line === lines - 10 ? `needle ${line}` : `line ${line}`);
      console.warn("the end");
    })();
  });
}

/** Prints what it is told to, until it is told to end. */
export function speaking() {
  const inbox: (readonly string[] | "end")[] = [];
  let wake: () => void = () => undefined;
  const tell = (what: readonly string[] | "end") => {
    inbox.push(what);
    wake();
  };
  const made = flow("speaking", () => {
    task("speak", async () => {
      console.log("hello");
      for (;;) {
        while (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const next = inbox.shift();
        if (next === "end" || next === undefined) return;
        for (const text of next) console.log(text);
      }
    })();
  });
  return { flow: made, say: (...texts: readonly string[]) => tell(texts), end: () => tell("end") };
}
