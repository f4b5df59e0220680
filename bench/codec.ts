/**
 * `node scripts/run-ts.mjs bench/codec.ts [ROUNDS]`: what keeping a result costs, as ratios to JSON.stringify and
 * JSON.parse of the same value, in interleaved rounds; the figure is the median of the per-round ratios.
 *
 * `--devalue PATH` measures the library devalue beside it (the path of its `src/index.js`; it is no dependency).
 */
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { decodeValue, encodeValue } from "../src/store/codec.ts";

export interface CodecFigure {
  readonly what: string;
  readonly figure: string;
}

interface Subject {
  readonly name: string;
  write(value: unknown): string;
  read(text: string): unknown;
}

const OURS: Subject = { name: "caudal", write: encodeValue, read: decodeValue };
const JSON_ITSELF: Subject = { name: "JSON", write: (value) => JSON.stringify(value) ?? "null", read: JSON.parse };

const row = (i: number) => ({
  complaint_id: String(7_000_000 + i),
  timestamp: "2026-11-23T10:03:53+00:00",
  state: ["CA", "TX", "NY"][i % 3],
  product: "Credit reporting",
  company: `EQUIFAX, INC. ${i % 300}`,
  amount: i / 7,
  complaint_what_happened: "I wrote to them on XX/XX and nobody answered. ".repeat(3),
});
const rows = Array.from({ length: 5_000 }, (_, i) => row(i));

/** Each with how often it is done in a round, so that a round takes some milliseconds. */
const VALUES: readonly { readonly what: string; readonly value: unknown; readonly times: number }[] = [
  { what: "text of 11 letters", value: "42 rows in.", times: 20_000 },
  { what: "a number", value: 4217, times: 20_000 },
  { what: "undefined", value: undefined, times: 20_000 },
  { what: "object of 3", value: { stored: 25, table: "complaint", ok: true }, times: 10_000 },
  { what: "one row of 7", value: row(1), times: 5_000 },
  { what: "array of 10 numbers", value: Array.from({ length: 10 }, (_, i) => i), times: 10_000 },
  { what: "5,000 rows", value: rows, times: 1 },
  { what: "5,000 rows, a Date in each", value: rows.map((one, i) => ({ ...one, at: new Date(1.8e12 + i) })), times: 1 },
  { what: "1 MB of bytes", value: new Uint8Array(1_000_000).fill(7), times: 1 },
];

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

function timeUs(times: number, action: () => unknown): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) action();
  return Number(process.hrtime.bigint() - start) / 1_000 / times;
}

/** Figures of our codec, and of others that are given, for every value. */
export function codecFigures(rounds: number, others: readonly Subject[] = []): CodecFigure[] {
  return VALUES.flatMap(({ what, value, times }) => {
    const subjects = [JSON_ITSELF, OURS, ...others];
    const took = subjects.map((subject) => ({ subject, text: subject.write(value), write: [0], read: [0] }));
    for (let round = -3; round < rounds; round++) {
      for (const one of took) {
        const write = timeUs(times, () => one.subject.write(value));
        const read = timeUs(times, () => one.subject.read(one.text));
        if (round < 0) continue; // three rounds to warm up
        one.write[round] = write;
        one.read[round] = read;
      }
    }
    const yardstick = took[0];
    return took.slice(1).map(({ subject, write, read }) => {
      const over = (mine: readonly number[], base: readonly number[] = []) =>
        `${median(mine).toFixed(2)} µs, ${median(mine.map((us, i) => us / (base[i] ?? Number.NaN))).toFixed(2)}×`;
      return {
        what: `${what}, ${subject.name}`,
        figure: `write ${over(write, yardstick?.write)}; read ${over(read, yardstick?.read)} of JSON`,
      };
    });
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { devalue: { type: "string" } }, allowPositionals: true });
  const others: Subject[] = [];
  if (values.devalue !== undefined) {
    const { stringify, parse } = (await import(pathToFileURL(values.devalue).href)) as {
      stringify: Subject["write"];
      parse: Subject["read"];
    };
    others.push({ name: "devalue", write: (value) => stringify(value), read: (text) => parse(text) });
  }
  for (const { what, figure } of codecFigures(Number(positionals[0] ?? 15), others)) {
    console.log(`${what.padEnd(36)} ${figure}`);
  }
}

// Run alone, under the name its bundle has; bench/main.ts imports it.
if (/[\\/]codec[^\\/]*\.m?[jt]s$/.test(process.argv[1] ?? "")) await main();
