/** The JSON object a write sends: read no further than it may be long, and taken only where it says one thing. */
import { CaudalError } from "../base/errors.ts";
import { isPlainObject } from "../base/json.ts";

export const BODY_BYTES_MAX = 1_048_576;
const DEPTH_MAX = 64;

/** @throws CaudalError BODY_INVALID, BODY_TOO_LARGE */
export async function readBody(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = decoded(await bytesOf(request));
  if (text.trim() === "") return {};
  const json = parsed(text);
  if (!isPlainObject(json)) throw new CaudalError("BODY_INVALID", { why: "it must be a JSON object" });
  return json;
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > BODY_BYTES_MAX) throw new CaudalError("BODY_TOO_LARGE", { maxBytes: BODY_BYTES_MAX });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of arriving(request)) {
    length += chunk.byteLength;
    if (length > BODY_BYTES_MAX) throw new CaudalError("BODY_TOO_LARGE", { maxBytes: BODY_BYTES_MAX });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A sender that is too slow, or leaves, ends it in the middle: that is no mistake of ours. */
async function* arriving({ body }: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* body ?? [];
  } catch {
    throw new CaudalError("BODY_INVALID", { why: "it did not come to its end" });
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CaudalError("BODY_INVALID", { why: "it is no UTF-8" });
  }
}

function parsed(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CaudalError("BODY_INVALID", { why: error instanceof Error ? error.message : "it is no JSON" });
  }
  refuseTwofold(text);
  return json;
}

/** The tokens of a text that is JSON. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** What parsers disagree about: a member twice, numbers without end, `__proto__`; and nesting that only burdens. */
function refuseTwofold(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let before = "";
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const refuse = (why: string): never => {
      throw new CaudalError("BODY_INVALID", { why: `${why} at position ${index}` });
    };
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key = JSON.parse(before) as string;
      if (key === "__proto__") refuse("there is a member '__proto__'");
      if (open.at(-1)?.has(key)) refuse(`the member ${before.slice(0, 60)} is there twice`);
      open.at(-1)?.add(key);
    } else if (/^-?\d/.test(token) && !Number.isFinite(Number(token))) refuse("there is a number that is too large");
    if (open.length > DEPTH_MAX) refuse(`it is nested more than ${DEPTH_MAX} deep`);
    before = token;
  }
}
