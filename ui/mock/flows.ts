/** The flows of the mock: real definitions, so that their graphs and layouts are real; nothing of them is ever run. */
import { branch, every, flow, merge, task } from "../../src/index.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Json } from "../../src/server/contract.ts";

export interface MockFlow {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly file: string;
  readonly graph: Graph;
  readonly schema: { readonly [name: string]: Json };
  readonly schedule?: string;
  readonly everyMs?: number;
  readonly warnings: readonly string[];
  /** How task runs of it end, by slug; everything else ends in Success. */
  readonly ends: { readonly [slug: string]: "Failed" | "Cached" | "Paused" | "Skipped" };
  readonly taskMs: number;
  /** How many children a mapped task has. */
  readonly children: number;
}

interface Extra {
  readonly schema?: { readonly [name: string]: Json };
  readonly schedule?: string;
  readonly everyMs?: number;
  readonly ends?: MockFlow["ends"];
  readonly taskMs?: number;
  readonly children?: number;
  readonly warnings?: readonly string[];
}

function mock(file: string, made: unknown, extra: Extra = {}): MockFlow {
  const { graph } = made as { readonly graph: Graph };
  const about = graph as { readonly name: string; readonly description?: string; readonly tags?: readonly string[] };
  return {
    name: about.name,
    ...(about.description === undefined ? {} : { description: about.description }),
    tags: about.tags ?? [],
    file,
    graph,
    schema: extra.schema ?? schemaOf(graph),
    ...(extra.schedule === undefined ? {} : { schedule: extra.schedule, everyMs: extra.everyMs ?? 60_000 }),
    warnings: extra.warnings ?? [],
    ends: extra.ends ?? {},
    taskMs: extra.taskMs ?? 300,
    children: extra.children ?? 12,
  };
}

function schemaOf(graph: Graph): { readonly [name: string]: Json } {
  const parameters = graph.parameters as readonly { readonly name: string; readonly default?: Json }[];
  return {
    type: "object",
    properties: Object.fromEntries(
      parameters.map(({ name, default: value }) => [
        name,
        value === undefined ? {} : { type: typeof value, default: value as Json },
      ]),
    ),
    required: parameters.filter((parameter) => parameter.default === undefined).map(({ name }) => name),
    additionalProperties: false,
  } as { readonly [name: string]: Json };
}

const hello = flow("my first flow!", () => {
  task("hello_world", () => "hi")();
});

function etlGraph(name: string, description?: string) {
  return flow(
    {
      name,
      schedule: every("1m"),
      parameters: { size: 10 },
      tags: ["etl", "daily"],
      ...(description === undefined ? {} : { description }),
    },
    (parameters) => {
      const table = task("create_table", () => undefined)();
      const complaints = task(
        { name: "get_complaint_data", cacheFor: "1d", retries: 3, retryDelay: "2s", timeout: "30s" },
        async (size: number) => [size],
      )(parameters.size);
      const rows = task("parse_complaint_data", (raw: unknown) => raw)(complaints);
      task("store_complaints", (parsed: unknown) => parsed)(rows).setUpstream(table);
    },
  );
}

const mapped = (children: number) =>
  flow({ name: `mapped-${children}`, parameters: { count: children }, tags: ["demo"] }, ({ count }) => {
    const numbers = task("numbers", (n: number) => Array.from({ length: n }, (_, at) => at))(count);
    const doubled = task("double", (n: number) => n * 2).map(numbers);
    task("sum", (doubles: readonly number[]) => doubles.reduce((a, b) => a + b, 0))(doubled);
  });

const branching = flow({ name: "expenses", description: "Who has to approve an expense?" }, () => {
  const amount = task("read_expense", () => "small")();
  const done = branch(
    amount as never,
    {
      small: () => task("pay_at_once", () => "paid")(),
      large: () => task("ask_the_boss", () => "asked")(),
    } as never,
  );
  task("write_report", (result: unknown) => result)(merge(done as never));
});

const approval = flow({ name: "approval", tags: ["people"] }, () => {
  const draft = task("draft", () => "text")();
  const yes = task("ask_editor", (text: string) => text)(draft);
  task("publish", (text: string) => text)(yes);
});

const long = "import_customer_records_from_the_regional_warehouse_and_reconcile_them_with_the_ledger_of_last_year";
const longNames = flow(
  {
    name: long,
    description: "A name as people write them when nobody stops them.",
    tags: ["finance", "very-long-tag-name-of-a-department"],
  },
  () => {
    const read = task("read_all_regional_warehouse_exports_from_the_archive", () => 1)();
    task("reconcile_every_record_with_the_ledger_of_last_year_and_write_differences", (n: number) => n)(read);
  },
);

const script = "<img src=x onerror=window.__pwned=1>";
const hostile = flow({ name: `hostile ${script}`, description: `"><img src=x onerror=window.__pwned=1>` }, () => {
  task(`evil ${script}`, () => 1)();
});

const wide = flow({ name: "three hundred", tags: ["demo"] }, () => {
  const source = task("source", () => 1)();
  const layers = Array.from({ length: 26 }, (_, at) => at).map((at) => {
    let last = task(`extract_${at}`, (n: number) => n)(source);
    for (let step = 0; step < 10; step++) last = task(`step_${at}_${step}`, (n: number) => n)(last);
    return last;
  });
  task("collect", (tables: readonly number[]) => tables.length)(layers as never);
});

const form = flow(
  { name: "form", description: "Every kind of parameter.", parameters: { city: "Puebla" } },
  ({ city }) => {
    task("show", (name: string) => name)(city);
  },
);

const FORM_SCHEMA: { readonly [name: string]: Json } = {
  type: "object",
  required: ["since", "size", "api_key"],
  additionalProperties: false,
  properties: {
    since: { type: "string", format: "date-time", description: "Records after this instant." },
    size: { type: "integer", minimum: 1, maximum: 1_000, description: "How many records." },
    api_key: { type: "string", writeOnly: true, minLength: 8 },
    city: { type: "string", default: "Puebla", maxLength: 40, examples: ["Puebla", "Lima"] },
    level: { enum: ["low", "middle", "high"], default: "middle" },
    plan: {
      oneOf: [
        { const: 1, title: "Small plan" },
        { const: 2, title: "Large plan" },
      ],
    },
    ratio: { type: "number", exclusiveMinimum: 0, maximum: 1, default: 0.5 },
    dry_run: { type: "boolean", default: false },
    note: { type: ["string", "null"], default: null, description: "Empty is null." },
    states: { type: "array", items: { type: "string" }, default: ["OR", "CA"], maxItems: 5 },
    window: {
      type: "object",
      required: ["from"],
      properties: { from: { type: "string", format: "date" }, days: { type: "integer", default: 7 } },
      default: { from: "2026-01-01", days: 7 },
    },
    filter: { description: "Anything at all.", default: { any: [1, "two", null] } },
    mail: { type: "string", format: "email", deprecated: true },
  },
};

const minute = { schedule: "every 1 minute", everyMs: 60_000 } as const;

export const FLOWS: readonly MockFlow[] = [
  mock("flows/approval.ts", approval, { ends: { "ask_editor-1": "Paused" } }),
  mock("flows/etl.ts", etlGraph("etl-cached"), { ends: { "get_complaint_data-1": "Cached" } }),
  mock("flows/etl.ts", etlGraph("etl-failing"), { ends: { "parse_complaint_data-1": "Failed" } }),
  mock("flows/expenses.ts", branching, { ends: { "ask_the_boss-1": "Skipped" } }),
  mock("flows/form.ts", form, { schema: FORM_SCHEMA }),
  mock("flows/hostile.ts", hostile, { warnings: [`a warning with ${script}`] }),
  mock("flows/warehouse.ts", longNames, {
    schedule: "at 02:30 on every weekday in America/Mexico_City",
    everyMs: 86_400_000,
  }),
  mock("flows/mapped.ts", mapped(500), { children: 500 }),
  mock("etl.ts", etlGraph("my etl flow", "Consumer complaints, from the API into SQLite."), minute),
  mock("hello.ts", hello, { taskMs: 200 }),
  mock("flows/wide.ts", wide, { taskMs: 60 }),
  mock("flows/mapped.ts", mapped(10_000), { children: 10_000 }),
];
