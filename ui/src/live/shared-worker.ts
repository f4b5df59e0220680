/** The worker all tabs share. It stands in assets/ of the page, so the API is beside its folder, below any prefix. */
import { LiveHub, type TabMessage } from "./live-hub.ts";

interface SharedScope {
  onconnect: ((event: { readonly ports: readonly MessagePort[] }) => void) | null;
}

const api = new URL("../api/v1/", location.href);
/** The server's clock minus this machine's, as the last answer said. */
let aheadMs = 0;

const hub = new LiveHub({
  now: () => Date.now() + aheadMs,
  send: (token) => async (path, init) => {
    const headers = new Headers(init.headers);
    headers.set("X-Caudal", "1");
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    const response = await fetch(new URL(path, api), { ...init, headers, cache: "no-store" });
    const serverTime = Number(response.headers.get("Caudal-Time"));
    if (serverTime > 0) aheadMs = serverTime - Date.now();
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return response;
  },
});

(globalThis as unknown as SharedScope).onconnect = ({ ports }) => {
  const [port] = ports;
  if (port === undefined) return;
  const tab = { tell: (message: unknown) => port.postMessage(message) };
  port.onmessage = ({ data }: MessageEvent<TabMessage>) => hub.hear(tab, data);
  // A tab that crashed says no goodbye; browsers that tell so end its part here.
  port.addEventListener("close", () => hub.hear(tab, { type: "leave" }));
};
