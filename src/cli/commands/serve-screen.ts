/**
 * What `caudal serve` prints: its address at once, then what it serves, and from then on which files broke or were
 * mended.
 */
import { isoUtc } from "../../base/time.ts";
import type { Logger } from "../../ports/logger.ts";
import { realClock } from "../../runtime/real-clock.ts";
import type { BrokenFile } from "../../server/contract.ts";
import type { FlowSource } from "../../server/parts.ts";
import type { Shell } from "../shell.ts";

export interface ScreenOptions {
  readonly shell: Shell;
  readonly logger: Logger;
  readonly version: string;
  readonly address: string;
}

export class ServeScreen {
  readonly #options: ScreenOptions;
  readonly #json = process.env["CAUDAL_LOG_FORMAT"] === "json";

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { shell, version, address } = options;
    if (!this.#json) shell.out(`caudal ${version}  ${shell.paint.strong(address)}\n`);
  }

  /** Some files take their time: the others are served meanwhile. */
  sayLoading(source: FlowSource): void {
    const files = source.loading();
    if (files.length === 0) return;
    const flows = [...source.flows().keys()];
    const others = flows.length === 0 ? "no flow is served yet" : `served meanwhile: ${flows.join(", ")}`;
    this.#options.logger.write({
      ...{ at: realClock.now(), level: "info", logger: "caudal.serve" },
      message: `Still loading ${files.join(", ")}; ${others}`,
    });
  }

  /** All files were loaded, or could not be. */
  say(source: FlowSource, store: string): void {
    if (this.#json) this.#record(source, store);
    else this.#text(source, store);
    let before = source.broken();
    source.onChange(() => {
      const now = source.broken();
      this.#changes(before, now, source);
      before = now;
    });
  }

  #record(source: FlowSource, store: string): void {
    const { shell, address } = this.#options;
    const about = { at: new Date(realClock.now()).toISOString(), level: "info", logger: "caudal.serve" };
    const flows = [...source.flows().keys()];
    const broken = source.broken().map(({ file, line, code, message }) => ({ file, line, code, message }));
    shell.out(JSON.stringify({ ...about, message: `Serving at ${address}`, address, store, flows, broken }));
  }

  #text(source: FlowSource, store: string): void {
    const { out, paint } = this.#options.shell;
    const now = realClock.now();
    const flows = [...source.flows().values()].map(({ name, program: { schedule } }) => {
      const next = schedule?.next(now)?.at;
      const when =
        schedule === undefined ? "" : `   ${schedule.describe()}${next === undefined ? "" : `, next ${isoUtc(next)}`}`;
      return `  ${name}${paint.faint(when)}`;
    });
    const broken = source.broken().flatMap((file) => {
      const [first = "", ...more] = file.message.split("\n");
      const frame = file.frame?.split("\n") ?? [];
      return [
        `  ${paint.bad(file.code)} ${placeOf(file)}: ${first}`,
        ...[...more, ...frame].map((text) => `      ${text}`),
      ];
    });
    out(
      [
        ...(flows.length === 0
          ? ["No flows loaded: name files to serve them, caudal serve etl.ts"]
          : ["Flows", ...flows]),
        ...(broken.length === 0 ? [] : ["", "Broken, loaded again when saved", ...broken]),
        "",
        `Store ${paint.faint(store)}`,
        "Ctrl-C ends it; unfinished runs go on with the next start.",
      ].join("\n"),
    );
  }

  #changes(before: readonly BrokenFile[], now: readonly BrokenFile[], source: FlowSource): void {
    const { logger } = this.#options;
    const at = realClock.now();
    const isIn = (files: readonly BrokenFile[], { file, code, message, line }: BrokenFile) =>
      files.some((one) => one.file === file && one.code === code && one.message === message && one.line === line);
    for (const file of now.filter((one) => !isIn(before, one)))
      logger.write({
        ...{ at, level: "error", logger: "caudal.serve" },
        message: `${placeOf(file)} cannot be loaded: ${file.code}: ${file.message}`,
      });
    if (before.length > now.length)
      logger.write({
        ...{ at, level: "info", logger: "caudal.serve" },
        message: `A file was mended. Flows: ${[...source.flows().keys()].join(", ")}`,
      });
  }
}

function placeOf({ file, line, column }: BrokenFile): string {
  return line === undefined ? file : `${file}:${line}:${column ?? 1}`;
}
