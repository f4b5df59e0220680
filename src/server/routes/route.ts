/** One thing the API can be asked: how it is written, what it takes, what it answers. OpenAPI is made from these. */
import type * as z from "zod";
import type { ServerParts } from "../parts.ts";

export interface Asked<Q = Readonly<Record<string, never>>, B = undefined> {
  readonly parts: ServerParts;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** Who asks, for the audit: what the header `Caudal-By` says, else `api` or `page`. */
  readonly by: string;
  /** The address it came from; behind `page, ` where the page asks. */
  readonly from: string;
  /** Of a run that this begins. */
  readonly origin: "serve" | "page";
  readonly headers: Headers;
}

export interface Answer {
  readonly status?: number;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a download is: text, or a drawing, with a name. */
export type Attachment =
  | {
      readonly name: string;
      readonly type: "application/json" | "text/plain; charset=utf-8" | "application/x-ndjson";
      readonly text: string | AsyncIterable<string>;
    }
  | { readonly name: string; readonly type: "application/pdf"; readonly bytes: Uint8Array };

export type Answers = Answer | { readonly attachment: Attachment } | { readonly response: Response };

export interface Route {
  readonly method: "GET" | "POST";
  /** Below `/api/v1`, names as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Or an attachment or a stream, of one of these types. */
  readonly answer: z.ZodType | { readonly contentTypes: readonly string[] };
  /** Default 200. */
  readonly status?: number;
  /** Codes it refuses with, beside those of every request. */
  readonly refuses: readonly string[];
  readonly handle: (asked: Asked<never, never>) => Answers | Promise<Answers>;
}

interface Typed<Q extends z.ZodObject | undefined, B extends z.ZodObject | undefined>
  extends Omit<Route, "query" | "body" | "handle"> {
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (
    asked: Asked<
      Q extends z.ZodObject ? z.infer<Q> : Readonly<Record<string, never>>,
      B extends z.ZodObject ? z.infer<B> : undefined
    >,
  ) => Answers | Promise<Answers>;
}

/** A route whose handler sees what its schemas make of a request. */
export function route<Q extends z.ZodObject | undefined = undefined, B extends z.ZodObject | undefined = undefined>(
  typed: Typed<Q, B>,
): Route {
  return typed as unknown as Route;
}
