/**
 * Each guard by itself. What a page of another site sends is wrong in several ways at once, and is refused by whichever
 * guard comes first (`guards.test.ts`, and in a browser `strangers.e2e.ts`): those tests pass with one guard gone.
 * Here a request is right but for one thing, so each of them needs its guard.
 */
import { describe, expect, test } from "vitest";
import { guard, type GuardOptions, SECURITY_HEADERS } from "./guards.ts";

const HOST = "127.0.0.1:4200";
const TOKEN = "0123456789abcdef0123456789abcdef";
const OWN: GuardOptions = { hosts: new Set([HOST, "localhost:4200"]), token: undefined };
/** What our page sends with a write. */
const WRITE = {
  ...{ Host: HOST, Origin: `http://${HOST}`, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors" },
  ...{ "Content-Type": "application/json", "X-Caudal": "1" },
};

type Given = Readonly<Record<string, string | undefined>>;

/** The code a request is refused with, sent as our page would but for these headers; `undefined` leaves one out. */
function refusedWith(method: "GET" | "POST", but: Given, options = OWN, isApi = true): string | undefined {
  const headers = new Headers();
  for (const [name, value] of Object.entries({ ...WRITE, ...but })) if (value !== undefined) headers.set(name, value);
  // A Request would leave out what only a browser may say.
  const request = { headers, method } as unknown as Request;
  try {
    guard(request, isApi, options);
  } catch (thrown) {
    return (thrown as { readonly code: string }).code;
  }
  return undefined;
}

describe("a write as our page sends it", () => {
  test("is let through", () => {
    expect(refusedWith("POST", {})).toBeUndefined();
    expect(refusedWith("POST", { Origin: undefined, "Sec-Fetch-Site": undefined })).toBeUndefined();
  });

  test("S03: is refused for its host alone", () => {
    expect(refusedWith("POST", { Host: "evil.test:4200", Origin: "http://evil.test:4200" })).toBe("HOST_REFUSED");
    expect(refusedWith("GET", { Host: "127.0.0.1.evil.test:4200", Origin: undefined })).toBe("HOST_REFUSED");
  });

  test.each(["null", "http://evil.test", "http://127.0.0.1:3000", `http://${HOST}.evil.test`, ""])(
    "S01, S08, S09: is refused for the origin '%s' alone, as of a browser that says no more",
    (origin) => {
      expect(refusedWith("POST", { Origin: origin, "Sec-Fetch-Site": undefined })).toBe("ORIGIN_REFUSED");
      expect(refusedWith("POST", { Origin: origin })).toBe("ORIGIN_REFUSED");
    },
  );

  test.each(["cross-site", "same-site", "none"])(
    "S01, S09: is refused for the site '%s' alone, as of a page without an origin",
    (site) => {
      expect(refusedWith("POST", { Origin: undefined, "Sec-Fetch-Site": site })).toBe("ORIGIN_REFUSED");
    },
  );

  test.each([undefined, "", "0", "true"])("S01: is refused for the header no form can send, alone (%s)", (value) => {
    expect(refusedWith("POST", { "X-Caudal": value })).toBe("HEADER_MISSING");
  });

  test.each([undefined, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])(
    "S01: is refused for the type a form has, alone (%s)",
    (type) => {
      expect(refusedWith("POST", { "Content-Type": type })).toBe("CONTENT_TYPE");
    },
  );
});

describe("a read", () => {
  test.each(["cross-site", "same-site"])("S02, S11: of the API is refused for the site '%s' alone", (site) => {
    const script = { Origin: undefined, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors" };

    expect(refusedWith("GET", script)).toBe("ORIGIN_REFUSED");
    expect(refusedWith("GET", { ...script, "Sec-Fetch-Mode": "navigate" })).toBe("ORIGIN_REFUSED");
  });

  test("S04, S06: of the API is refused for its origin alone", () => {
    expect(refusedWith("GET", { Origin: "http://evil.test", "Sec-Fetch-Site": undefined })).toBe("ORIGIN_REFUSED");
  });

  test("S10: of a page is refused where it is no visit", () => {
    const framed = { Origin: undefined, "Sec-Fetch-Site": "cross-site" };

    expect(refusedWith("GET", { ...framed, "Sec-Fetch-Mode": "no-cors" }, OWN, false)).toBe("ORIGIN_REFUSED");
    expect(refusedWith("GET", { ...framed, "Sec-Fetch-Mode": "navigate" }, OWN, false)).toBeUndefined();
  });

  test("S17: is refused without the token alone", () => {
    const withToken: GuardOptions = { hosts: undefined, token: TOKEN };

    expect(refusedWith("GET", {}, withToken)).toBe("TOKEN_REFUSED");
    expect(refusedWith("GET", { Authorization: `Bearer ${TOKEN}x` }, withToken)).toBe("TOKEN_REFUSED");
    expect(refusedWith("GET", { Authorization: `Bearer ${TOKEN}` }, withToken)).toBeUndefined();
  });
});

describe("the headers of every answer", () => {
  test.each([
    ["S10: keep a page out of frames, where a browser knows no policy", "X-Frame-Options", "DENY"],
    ["S11: keep what is no script from being run as one", "X-Content-Type-Options", "nosniff"],
    ["S11: keep it from being read into another page at all", "Cross-Origin-Resource-Policy", "same-origin"],
    ["S10: keep another page from having ours as its opener", "Cross-Origin-Opener-Policy", "same-origin"],
  ])("%s", (_why, name, value) => {
    expect(SECURITY_HEADERS[name]).toBe(value);
  });

  test.each([
    ["S10", "frame-ancestors 'none'"],
    ["S18", "script-src 'self'"],
    ["S18", "default-src 'none'"],
    ["S18", "base-uri 'self'"],
    ["S01", "form-action 'self'"],
  ])("%s: have the policy %s", (_id, part) => {
    expect(SECURITY_HEADERS["Content-Security-Policy"]?.split("; ")).toContain(part);
  });
});
