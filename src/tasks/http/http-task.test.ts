import { afterEach, describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import {
  type ComplaintsApi,
  type ComplaintsApiOptions,
  startComplaintsApi,
} from "../../../examples/etl/complaints-api.mjs";
import type { Task } from "../../flow/task.ts";
import { http, type HttpCall, type HttpTarget } from "../http.ts";

interface Answer {
  hits: { hits: { _id: string }[] };
}

const open: ComplaintsApi[] = [];
async function api(options: ComplaintsApiOptions = {}): Promise<ComplaintsApi> {
  const started = await startComplaintsApi({ port: 0, ...options });
  open.push(started);
  return started;
}
afterEach(() => Promise.all(open.splice(0).map((started) => started.close())));

describe("a task made by http", () => {
  test("asks the address of its options, with what the call adds", async () => {
    const ask = http<Answer>({ url: (await api()).url, query: { size: 2 } });

    const both = await ask.run();
    const second = await ask.run({ query: { size: 1, frm: 1 } });

    expect(second.hits.hits).toEqual([both.hits.hits[1]]);
  });

  test("asks the address of its call", async () => {
    const { url } = await api();
    const ask = http<Answer>({});

    expect((await ask.run(`${url}?size=1`)).hits.hits).toHaveLength(1);
    expect((await ask.run(new URL(`${url}?size=2`))).hits.hits).toHaveLength(2);
    expect((await ask.run({ url, query: { size: 3 } })).hits.hits).toHaveLength(3);
  });

  test("fails with the status, and with what was no JSON", async () => {
    const failing = await api({ fail: 1 });
    const garbled = await api({ garbage: true });

    await expect(http({ url: failing.url }).run()).rejects.toMatchObject({
      code: "HTTP_STATUS",
      data: { status: 500 },
    });
    await expect(http({ url: garbled.url }).run()).rejects.toMatchObject({
      code: "HTTP_NOT_JSON",
      message: expect.stringContaining("<!doctype html>"),
    });
  });

  test.each([
    [null, "the call gave it null: give an address, or an object with url, method, json, headers, query"],
    [7, "the call gave it 7: give an address, or an object with url, method, json, headers, query"],
    [
      { qery: {} },
      "the call gave it 'qery' (did you mean 'query'?): a call may give url, method, json, headers, query",
    ],
    [{}, "it has no url: give it in the options or at the call"],
  ])("refuses a call with %j", async (call, why) => {
    const ask = http({});

    await expect(async () => ask.run(call as unknown as string)).rejects.toMatchObject({
      code: "HTTP_REQUEST_INVALID",
      data: { why },
    });
  });

  test("takes a url that is undefined as one that is not given, and names it when it is wanted", async () => {
    const ask = http({ url: undefined });

    await expect(async () => ask.run("http://" as string)).rejects.toMatchObject({ code: "HTTP_REQUEST_INVALID" });
    await expect(async () => ask.run({} as unknown as string)).rejects.toMatchObject({
      data: { why: "its url is undefined: give it in the options or at the call" },
    });
    expect(() => http({ url: undefined, expect: undefined, retries: undefined })).not.toThrow();
  });

  test("knows what it returns and what a call must give", () => {
    const url = "http://a.example";

    expectTypeOf(http<Answer>({ url })).toEqualTypeOf<Task<[call?: HttpCall], Promise<Answer>>>();
    expectTypeOf(http<Answer>({})).toEqualTypeOf<Task<[target: string | URL | HttpTarget], Promise<Answer>>>();
    expectTypeOf(http({ url }).run).returns.toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(http({ url, expect: "text" }).run).returns.toEqualTypeOf<Promise<string>>();
    expectTypeOf(http({ expect: "bytes" }).run).returns.toEqualTypeOf<Promise<Uint8Array>>();
    expectTypeOf(http({ url, output: z.object({ n: z.number() }) }).run).returns.toEqualTypeOf<
      Promise<{ n: number }>
    >();
    // @ts-expect-error no address in the options: the call must give one
    void (() => http({}).run());
  });

  test("refuses wrong options when it is defined, all complaints at once", () => {
    const wrong = { name: "ask", url: "nowhere", method: "GE T", expect: "xml", timeout: "soon", responseBytesMax: 0 };

    expect(() => http(wrong as never)).toThrow(
      expect.objectContaining({
        code: "OPTION_INVALID",
        data: { of: "http 'ask'", complaints: expect.objectContaining({ length: 5 }) },
      }),
    );
    expect(() => http(undefined as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
