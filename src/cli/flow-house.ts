/**
 * The flows of some files, for a server: one file that cannot be loaded is told of, and the others are served. What is
 * broken is watched, with the files it imports, and loaded again when one of them was saved.
 */
import { unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import { codeFrame, pathText } from "../runtime/code-frame.ts";
import type { BrokenFile } from "../server/contract.ts";
import type { FlowSource, ServedFlow } from "../server/parts.ts";
import { importedFiles, readText } from "./imports.ts";
import { Refusal, refusal } from "./load-failure.ts";
import { loadAlone } from "./load-flows.ts";
import { recordOf } from "../state/error-text.ts";

interface File {
  /** As it was named. */
  readonly name: string;
  loads: number;
  flows: readonly ServedFlow[];
  broken: BrokenFile | undefined;
  watched: readonly string[];
  readonly saved: () => void;
}

/** Polling sees every kind of save on every kind of file system, and costs a `stat` per broken file. */
const LOOK_MS = 300;
const FRAME = { colour: false, width: 120 } as const;

export interface HouseOptions {
  readonly cwd: string;
  readonly now: () => number;
  /** The process is about to end in the middle of loading. */
  readonly lastWord: (refused: Refusal) => void;
}

export class FlowHouse implements FlowSource {
  readonly #options: HouseOptions;
  readonly #files: readonly File[];
  readonly #callbacks = new Set<() => void>();
  #flows: ReadonlyMap<string, ServedFlow> = new Map();

  constructor(files: readonly string[], options: HouseOptions) {
    this.#options = options;
    const names = [...new Set(files)];
    this.#files = names.map((name) => {
      const file: File = { name, loads: 0, flows: [], broken: undefined, watched: [], saved: () => this.#saved(file) };
      return file;
    });
  }

  flows(): ReadonlyMap<string, ServedFlow> {
    return this.#flows;
  }

  broken(): readonly BrokenFile[] {
    return this.#files.flatMap(({ broken }) => broken ?? []);
  }

  files(): readonly string[] {
    return this.#files.map(({ name }) => name);
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /** Loads all of them, one after the other; never throws for what is wrong in one. */
  async load(): Promise<void> {
    for (const file of this.#files) await this.#load(file);
  }

  async #load(file: File): Promise<void> {
    const { cwd, lastWord } = this.#options;
    this.#unwatch(file);
    try {
      file.flows = await loadAlone(file.name, file.loads++, { cwd, lastWord });
      file.broken = undefined;
    } catch (thrown) {
      file.flows = [];
      file.broken = this.#brokenFile(file, thrown);
      this.#watch(file);
    }
    this.#gather();
  }

  /** A name that is taken already breaks the file that comes second. */
  #gather(): void {
    const flows = new Map<string, ServedFlow>();
    for (const file of this.#files) {
      const taken = file.flows.find((flow, i) => this.#isTaken(flow, flows, file.flows.slice(0, i)));
      if (taken === undefined) {
        for (const flow of file.flows) flows.set(flow.name, flow);
        continue;
      }
      const files = [flows.get(taken.name)?.file, taken.file].map((path) =>
        pathText(path ?? "unknown file", this.#options.cwd),
      );
      file.broken = this.#brokenFile(file, refusal("FLOW_DUPLICATE", { flow: taken.name, files }));
      this.#watch(file);
    }
    this.#flows = flows;
  }

  /** By another flow: a file may be named, and be imported by another that is. */
  #isTaken(flow: ServedFlow, flows: ReadonlyMap<string, ServedFlow>, before: readonly ServedFlow[]): boolean {
    const other = flows.get(flow.name) ?? before.find(({ name }) => name === flow.name);
    return other !== undefined && other !== flow;
  }

  #brokenFile({ name, broken }: File, thrown: unknown): BrokenFile {
    const { cwd, now } = this.#options;
    const shown = pathText(resolve(cwd, name), cwd);
    const since = broken?.since ?? now();
    if (!(thrown instanceof Refusal)) {
      const { message, code } = recordOf(thrown);
      return { file: shown, code: code ?? "FLOW_FILE_THREW", message, since };
    }
    const { error, places } = thrown;
    const [place] = places;
    const source = place && readText(place.file);
    const frame = place === undefined || source === undefined ? [] : codeFrame(source, place, FRAME);
    return {
      file: place === undefined ? shown : pathText(place.file, cwd),
      code: error.code,
      message: error.message,
      ...(place !== undefined && { line: place.line, column: place.column }),
      ...(frame.length > 0 && { frame: frame.join("\n") }),
      since,
    };
  }

  #watch(file: File): void {
    const path = resolve(this.#options.cwd, file.name);
    file.watched = [...importedFiles(path).keys()];
    for (const watched of file.watched) watchFile(watched, { interval: LOOK_MS, persistent: false }, file.saved);
  }

  #saved(file: File): void {
    void this.#load(file).then(() => {
      for (const callback of this.#callbacks) callback();
    });
  }

  #unwatch(file: File): void {
    for (const watched of file.watched) unwatchFile(watched, file.saved);
    file.watched = [];
  }

  close(): void {
    for (const file of this.#files) this.#unwatch(file);
  }
}
