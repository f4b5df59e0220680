/**
 * The flows of some files, for a server: one file that cannot be loaded is told of, and the others are served. Each is
 * loaded by a process of its own first (`rehearsal.ts`), since it might end this one. What is broken is watched, with
 * the files it imports, and loaded again when one of them was saved.
 */
import { type Stats, unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";
import { codeFrame, pathText } from "../../runtime/report/code-frame.ts";
import type { BrokenFile } from "../../server/contract.ts";
import type { FlowSource, ServedFlow } from "../../server/parts.ts";
import { complaintOf, type Complaint } from "./complaint.ts";
import { importedFiles, readText } from "./imports.ts";
import { type Refusal, refusal } from "./load-failure.ts";
import { definedAt, loadAlone, placeOfFlow } from "./load-flows.ts";
import type { LoadedFlow } from "./loaded-flow.ts";
import { Rehearsal } from "./rehearsal.ts";

interface File {
  /** As it was named. */
  readonly name: string;
  loads: number;
  /** It is being loaded. */
  busy: boolean;
  /** It was saved meanwhile. */
  again: boolean;
  flows: readonly LoadedFlow[];
  broken: BrokenFile | undefined;
  /** It is known what is in it, or what is wrong with it. */
  known: boolean;
  /** Its flows are there, but a name among them is another's. */
  duplicate: BrokenFile | undefined;
  watched: readonly string[];
  readonly saved: (now: Stats, before: Stats) => void;
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
  readonly #rehearsal: Rehearsal;
  /** In this process one is loaded after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #flows: ReadonlyMap<string, LoadedFlow> = new Map();
  #closed = false;

  constructor(files: readonly string[], options: HouseOptions) {
    this.#options = options;
    this.#rehearsal = new Rehearsal(options.cwd);
    this.#files = [...new Set(files)].map((name) => {
      const empty = {
        loads: 0,
        busy: false,
        again: false,
        known: false,
        flows: [],
        broken: undefined,
        duplicate: undefined,
      };
      // A file that is not there is told of once, as unchanged.
      const saved = (now: Stats, before: Stats) => {
        if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) void this.#load(file);
      };
      const file: File = { name, ...empty, watched: [], saved };
      return file;
    });
  }

  flows(): ReadonlyMap<string, ServedFlow> {
    return this.#flows;
  }

  broken(): readonly BrokenFile[] {
    return this.#files.flatMap(({ broken, duplicate }) => broken ?? duplicate ?? []);
  }

  loading(): readonly string[] {
    const { cwd } = this.#options;
    return this.#files.filter(({ known }) => !known).map(({ name }) => pathText(resolve(cwd, name), cwd));
  }

  files(): readonly string[] {
    return this.#files.map(({ name }) => name);
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /**
   * Loads all of them, side by side; never throws for what is wrong in one.
   * @param first told as soon as it is known: the first flow of the first file, in the order they were named, that can
   * be loaded
   */
  async load(first: (flow: ServedFlow | undefined) => void): Promise<void> {
    const loading = this.#files.map((file) => this.#load(file));
    for (const [i, file] of this.#files.entries()) {
      await loading[i];
      if (file.flows[0] !== undefined) first(file.flows[0]); // the first call is the one that counts
    }
    first(undefined);
  }

  async #load(file: File): Promise<void> {
    file.again = file.busy;
    if (file.busy) return;
    file.busy = true;
    do {
      file.again = false;
      await this.#loadOnce(file);
    } while (file.again && !this.#closed);
    file.busy = false;
  }

  async #loadOnce(file: File): Promise<void> {
    this.#watch(file); // what is saved while it is loaded counts
    const complaint = (await this.#rehearsal.of(file.name)) ?? (this.#closed ? undefined : await this.#loadHere(file));
    if (this.#closed) return;
    file.known = true;
    if (complaint !== undefined) file.flows = [];
    file.broken = complaint && this.#brokenFile(file, complaint, file.broken);
    this.#gather();
    for (const callback of this.#callbacks) callback();
  }

  /** Into this process, where its runs will be. */
  #loadHere(file: File): Promise<Complaint | undefined> {
    const { cwd } = this.#options;
    // A server that ends in the middle of loading was told to.
    const lastWord = (refused: Refusal) => (this.#closed ? undefined : this.#options.lastWord(refused));
    const loaded = this.#turn.then(async () => {
      try {
        file.flows = await loadAlone(file.name, file.loads++, { cwd, lastWord });
        return undefined;
      } catch (thrown) {
        return complaintOf(thrown);
      }
    });
    this.#turn = loaded;
    return loaded;
  }

  /** A name that is taken already breaks the file that comes second; either of the two may be mended. */
  #gather(): void {
    const flows = new Map<string, LoadedFlow>();
    const wanted = new Set(this.#files.filter(({ broken }) => broken !== undefined));
    for (const file of this.#files) {
      const taken = file.flows.find((flow, i) => this.#isTaken(flow, flows, file.flows.slice(0, i)));
      file.duplicate = taken && this.#duplicateOf(file, taken, flows.get(taken.name));
      if (taken === undefined) for (const flow of file.flows) flows.set(flow.name, flow);
      else for (const one of this.#files) if (one.flows.some(({ name }) => name === taken.name)) wanted.add(one);
    }
    for (const file of this.#files) {
      if (!wanted.has(file)) this.#unwatch(file);
      else if (file.watched.length === 0) this.#watch(file);
    }
    this.#flows = flows;
  }

  #duplicateOf(file: File, second: LoadedFlow, other: LoadedFlow | undefined): BrokenFile {
    const first = other ?? file.flows.find(({ name }) => name === second.name);
    const files = [first, second].flatMap((flow) => (flow === undefined ? [] : definedAt(flow, this.#options.cwd)));
    const refused = refusal("FLOW_DUPLICATE", { flow: second.name, files }, [placeOfFlow(second)]);
    return this.#brokenFile(file, complaintOf(refused), file.duplicate);
  }

  /** By another flow: a file may be named, and be imported by another that is. */
  #isTaken(flow: LoadedFlow, flows: ReadonlyMap<string, LoadedFlow>, before: readonly LoadedFlow[]): boolean {
    const other = flows.get(flow.name) ?? before.find(({ name }) => name === flow.name);
    return other !== undefined && other !== flow;
  }

  #brokenFile({ name }: File, { code, message, places }: Complaint, before: BrokenFile | undefined): BrokenFile {
    const { cwd, now } = this.#options;
    const [place] = places;
    const source = place && readText(place.file);
    const frame = place === undefined || source === undefined ? [] : codeFrame(source, place, FRAME);
    return {
      file: pathText(place === undefined ? resolve(cwd, name) : place.file, cwd),
      ...{ code, message },
      ...(place !== undefined && { line: place.line, column: place.column }),
      ...(frame.length > 0 && { frame: frame.join("\n") }),
      since: before?.since ?? now(),
    };
  }

  #watch(file: File): void {
    this.#unwatch(file);
    file.watched = [...importedFiles(resolve(this.#options.cwd, file.name)).keys()];
    for (const watched of file.watched) watchFile(watched, { interval: LOOK_MS, persistent: false }, file.saved);
  }

  #unwatch(file: File): void {
    for (const watched of file.watched) unwatchFile(watched, file.saved);
    file.watched = [];
  }

  close(): void {
    this.#closed = true;
    this.#rehearsal.close();
    for (const file of this.#files) this.#unwatch(file);
  }
}
