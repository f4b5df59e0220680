/** The same run from a shell: as our command and as a request, quoted so that any value survives. */
import type { Instant, Json } from "../../../src/server/contract.ts";
import type { Field } from "./fields.ts";
import { differing, type Values } from "./values.ts";

/** For POSIX shells: everything inside single quotes is literal. */
export function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What people fill in themselves: a secret is neither shown nor copied. */
const PLACE = "…";

export function asCli(flow: string, file: string | undefined, fields: readonly Field[], values: Values): string {
  const parameters = differing(fields, values).map(([name, value]) => {
    const text = isSecret(fields, name) ? PLACE : typeof value === "string" ? value : JSON.stringify(value);
    return `--param ${quoted(`${name}=${text}`)}`;
  });
  return ["npx caudal run", quoted(file ?? "FILE.ts"), "--flow", quoted(flow), ...parameters].join(" ");
}

/** @param at when it begins; default: at once */
export function asCurl(url: string, fields: readonly Field[], values: Values, at?: Instant | undefined): string {
  const parameters = Object.fromEntries(
    differing(fields, values).map(([name, value]): readonly [string, Json] => [
      name,
      isSecret(fields, name) ? PLACE : value,
    ]),
  );
  return [
    `curl -X POST ${quoted(url)}`,
    `-H 'Content-Type: application/json' -H 'X-Caudal: 1'`,
    `-d ${quoted(JSON.stringify({ parameters, ...(at !== undefined && { at }) }))}`,
  ].join(" \\\n  ");
}

function isSecret(fields: readonly Field[], name: string): boolean {
  const kind = fields.find((field) => field.name === name)?.kind;
  return kind?.type === "text" && kind.secret;
}
