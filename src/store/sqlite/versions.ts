/** Flows as they were when runs of them began. Large graphs are compressed. */
import type { FlowVersion } from "../../ports/store.ts";
import { CaudalError } from "../../base/errors.ts";
import { assert } from "../../base/assert.ts";
import type { Database } from "./database.ts";

/** Below it compression saves less than it costs. */
const COMPRESS_FROM = 8_192;
const ABOUT_BYTES_MAX = 1 << 30;

const IS_THERE = "SELECT 1 FROM flow_version WHERE version_no = ? AND flow = ? AND fingerprint = ?";

export class Versions {
  readonly #db: Database;
  readonly #numbers = new Map<string, number>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Inside a transaction; `make` is asked for where the version is not known. */
  numberOf(flow: string, fingerprint: string, make: (() => FlowVersion) | undefined): number {
    const key = `${fingerprint} ${flow}`;
    const remembered = this.#numbers.get(key);
    // Its last run may have been pruned meanwhile, and its version with it.
    const isThere = remembered !== undefined && this.#db.get(IS_THERE, remembered, flow, fingerprint) !== undefined;
    const known = isThere ? remembered : this.#read(flow, fingerprint)?.versionNo;
    if (known !== undefined) {
      this.#numbers.set(key, known);
      return known;
    }
    assert(make !== undefined, "the version of a run that is kept is kept");
    const version = make();
    const sql = "INSERT INTO flow_version (flow, fingerprint, nodes, about) VALUES (?, ?, ?, ?) RETURNING version_no";
    const row = this.#db.get(sql, flow, fingerprint, version.nodes.length, pack(version));
    return Number(row?.["version_no"]); // remembered once it is committed: when it is next asked for
  }

  read(flow: string, fingerprint: string): FlowVersion | undefined {
    const row = this.#read(flow, fingerprint);
    if (row === undefined) return undefined;
    try {
      return unpack(row.about, flow, fingerprint);
    } catch (cause) {
      const why = `what it has of flow '${flow}' cannot be read`;
      throw new CaudalError("STORE_DAMAGED", { file: this.#db.file, why }, { cause });
    }
  }

  #read(flow: string, fingerprint: string): { readonly versionNo: number; readonly about: Uint8Array } | undefined {
    const sql = "SELECT version_no, about FROM flow_version WHERE flow = ? AND fingerprint = ?";
    const row = this.#db.get(sql, flow, fingerprint);
    return row && { versionNo: Number(row["version_no"]), about: row["about"] as Uint8Array };
  }
}

/** One byte says how: 0 plain, 1 raw deflate. */
function pack({ graph, nodes }: FlowVersion): Uint8Array {
  const text = Buffer.from(JSON.stringify({ graph, nodes }));
  if (text.byteLength < COMPRESS_FROM) return Buffer.concat([Buffer.of(0), text]);
  return Buffer.concat([Buffer.of(1), process.getBuiltinModule("node:zlib").deflateRawSync(text, { level: 1 })]);
}

function unpack(about: Uint8Array, flow: string, fingerprint: string): FlowVersion {
  const body = Buffer.from(about.buffer, about.byteOffset + 1, about.byteLength - 1);
  const zlib = process.getBuiltinModule("node:zlib");
  const text = about[0] === 1 ? zlib.inflateRawSync(body, { maxOutputLength: ABOUT_BYTES_MAX }) : body;
  const { graph, nodes } = JSON.parse(text.toString("utf8")) as Pick<FlowVersion, "graph" | "nodes">;
  return { flow, fingerprint, graph, nodes };
}
