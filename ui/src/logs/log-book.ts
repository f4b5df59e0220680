/**
 * The lines of a run as one view needs them: all of a small log, the part in view of a large one, or what the filters
 * let pass. Live lines join at the end; a line is known once, by its number, however often it is told.
 */
import type { ChangesFrame, LogLine, LogPage, LogQuery } from "../../../src/server/contract.ts";
import { client } from "../api/client.ts";
import { type Trouble, troubleOf } from "../api/problem.ts";
import { resources } from "../api/resources.ts";

export type LogFilter = Pick<LogQuery, "level" | "task" | "attempt" | "q">;

/** Up to so many lines all are in the document, so that the browser's own find works. */
export const ALL_LINES_MAX = 5_000;
const FIRST = 1_000;
const CHUNK = 500;
/**
 * Of a larger log, filtered or not, so many are kept: those in view, and those that came last. What is gone is asked
 * for again.
 */
const KEPT_MAX = 8_000;
const LEVELS = ["debug", "info", "warn", "error"] as const;

export class LogBook {
  readonly run: string;
  readonly filter: LogFilter;
  readonly isFiltered: boolean;
  /** Of the run, without filters. */
  total = 0;
  /** Of those the filters let pass; undefined where there are too many to count. */
  matching: number | undefined;
  hasEarlier = false;
  isReady = false;
  trouble: Trouble | undefined;
  /** Grows with every change. */
  version = 0;
  private readonly known = new Map<number, LogLine>();
  /** Of a filtered view: numbers of its lines, in order; all of them, also where the line itself is not here. */
  private numbers: number[] = [];
  private readonly asked = new Set<number>();
  /** Rows that were needed last. */
  private viewed = { from: 0, to: 0 };
  private readonly listeners = new Set<() => void>();
  private closed = false;

  constructor(run: string, filter: LogFilter) {
    this.run = run;
    this.filter = filter;
    this.isFiltered = Object.values(filter).some((value) => value !== undefined);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** How many rows there are. */
  get count(): number {
    return this.isFiltered ? this.numbers.length : this.total;
  }

  /** Undefined where it is not here yet: ask with `need`. */
  at(index: number): LogLine | undefined {
    return this.known.get(this.numberOf(index));
  }

  /** Of the line in that row. */
  numberOf(index: number): number {
    return this.isFiltered ? (this.numbers[index] ?? -1) : index;
  }

  /** Where a line stands, or where it would stand. */
  indexOf(line: number): number {
    if (!this.isFiltered) return line;
    return Math.min(this.place(line), this.numbers.length - 1);
  }

  /** The first row of a filtered view with that number, or a higher one. */
  private place(line: number): number {
    let [least, most] = [0, this.numbers.length];
    while (least < most) {
      const middle = (least + most) >>> 1;
      if ((this.numbers[middle] ?? 0) < line) least = middle + 1;
      else most = middle;
    }
    return least;
  }

  async open(): Promise<void> {
    await this.ask(async () => {
      const page = await this.get({ limit: this.isFiltered ? ALL_LINES_MAX : FIRST });
      this.takePage(page);
      const first = page.lines[0];
      if (this.isFiltered || first === undefined || page.total > ALL_LINES_MAX || !page.hasBefore) return;
      this.takePage(await this.get({ before: first.line, limit: ALL_LINES_MAX }));
    });
    this.isReady = true;
    this.changed();
  }

  close(): void {
    this.closed = true;
  }

  /** Fetches what is missing of these rows. */
  need(from: number, to: number): void {
    if (!this.isReady) return;
    this.viewed = { from, to };
    const last = Math.floor(Math.max(0, Math.min(to, this.count - 1)) / CHUNK);
    for (let chunk = Math.floor(Math.max(0, from) / CHUNK); chunk <= last; chunk++) {
      if (this.asked.has(chunk) || this.has(chunk)) continue;
      this.asked.add(chunk);
      const next = this.numberOf(Math.min((chunk + 1) * CHUNK, this.count) - 1) + 1;
      void this.ask(async () => this.takePage(await this.get({ before: next, limit: CHUNK }))).finally(() =>
        this.asked.delete(chunk),
      );
    }
  }

  /** All lines of these rows, also those that were not here; they do not stay. */
  async load(from: number, to: number): Promise<readonly LogLine[]> {
    const lines: LogLine[] = [];
    for (let row = from; row <= to; row++) {
      const known = this.at(row);
      if (known !== undefined) {
        lines.push(known);
        continue;
      }
      const end = Math.min(to, row + ALL_LINES_MAX - 1);
      const more = (await this.get({ before: this.numberOf(end) + 1, limit: end - row + 1 })).lines;
      if (more.length === 0) break;
      lines.push(...more);
      row = end;
    }
    return lines;
  }

  async earlier(): Promise<void> {
    const first = this.numbers[0];
    if (first === undefined) return;
    await this.ask(async () => {
      const page = await this.get({ before: first, limit: ALL_LINES_MAX });
      this.hasEarlier = page.hasBefore;
      this.takeLines(page.lines);
    });
  }

  /** Everything shown is fetched again: the stream cannot tell what happened. */
  async refetch(): Promise<void> {
    const last = this.isFiltered ? this.numbers.at(-1) : this.total - 1;
    await this.ask(async () =>
      this.takePage(await this.get(last === undefined || last < 0 ? { limit: FIRST } : { after: last, limit: CHUNK })),
    );
  }

  /** Of the stream. */
  take({ logs }: ChangesFrame): void {
    for (const { run, lines, total } of logs) {
      if (run !== this.run || !this.isReady) continue;
      const before = this.total;
      this.total = Math.max(this.total, total);
      this.takeLines(lines.filter((line) => this.fits(line)));
      // More than a frame holds: a filtered view asks for them, the other when they come into view.
      const isTold = lines.length >= total - before;
      if (!isTold && (this.isFiltered || this.total <= ALL_LINES_MAX)) void this.refetch();
      this.changed();
    }
  }

  private has(chunk: number): boolean {
    const from = chunk * CHUNK;
    const to = Math.min(from + CHUNK, this.count);
    for (let row = from; row < to; row++) if (this.at(row) === undefined) return false;
    return true;
  }

  private fits({ level, task, attempt, text }: LogLine): boolean {
    const { filter } = this;
    if (filter.level !== undefined && LEVELS.indexOf(level) < LEVELS.indexOf(filter.level)) return false;
    if (filter.task !== undefined && task !== filter.task && !task?.startsWith(`${filter.task}.`)) return false;
    if (filter.attempt !== undefined && attempt !== filter.attempt) return false;
    return filter.q === undefined || text.toLowerCase().includes(filter.q.toLowerCase());
  }

  private get(page: LogQuery): Promise<LogPage> {
    return client.get(resources.logs(this.run, { ...this.filter, ...page }));
  }

  private takePage(page: LogPage): void {
    this.total = Math.max(this.total, page.total);
    if (this.isFiltered && this.numbers.length === 0) this.hasEarlier = page.hasBefore;
    this.takeLines(page.lines);
    // After the lines: they count themselves in while they come by the stream.
    if (this.isFiltered) this.matching = page.matching;
  }

  private takeLines(lines: readonly LogLine[]): void {
    for (const line of lines) if (!this.known.has(line.line)) this.known.set(line.line, line);
    if (this.isFiltered) this.number(lines);
    if (this.count > ALL_LINES_MAX && this.known.size > KEPT_MAX) this.forget();
    this.changed();
  }

  /** Gives rows to those that have none. */
  private number(lines: readonly LogLine[]): void {
    const fresh = lines.map(({ line }) => line).filter((line) => this.numbers[this.place(line)] !== line);
    if (fresh.length === 0) return;
    const isAtEnd = (fresh[0] ?? 0) > (this.numbers.at(-1) ?? -1);
    if (isAtEnd) for (const line of fresh) this.numbers.push(line);
    else this.numbers = [...this.numbers, ...fresh].sort((a, b) => a - b);
    if (this.isReady && isAtEnd && this.matching !== undefined) this.matching += fresh.length;
  }

  /** The longest known first: a log that is followed for hours does not fill the memory of its page. */
  private forget(): void {
    const { from, to } = this.viewed;
    const first = this.numberOf(Math.max(0, from - CHUNK));
    const last = this.numberOf(Math.min(this.count - 1, to + CHUNK));
    for (const line of this.known.keys()) {
      if (this.known.size <= KEPT_MAX - 2 * CHUNK) return;
      if (line < first || line > last) this.known.delete(line);
    }
  }

  private async ask(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.trouble = undefined;
    } catch (error) {
      this.trouble = troubleOf(error);
    }
    this.changed();
  }

  private changed(): void {
    if (this.closed) return;
    this.version++;
    for (const listener of this.listeners) listener();
  }
}
