/**
 * Addresses and history. The URL is the only view state: what a page shows can be sent to somebody else.
 *
 * Own, because the router libraries within the size budget decode a path before they split it, so a flow whose name
 * has a `/` or a `%` would lead elsewhere; here the path is split first and each part is decoded once.
 */
import {
  type AnchorHTMLAttributes,
  type MouseEvent,
  type Ref,
  useCallback,
  useMemo,
  useSyncExternalStore,
} from "react";

/** The path the page is mounted at, without the slash at its end: "" at the root. The server writes `<base href>`. */
const prefix = new URL(document.baseURI).pathname.replace(/\/$/, "");

const listeners = new Set<() => void>();
let navigations = 0;

/** How often people went somewhere since the page was loaded: 0 means that it was opened here. */
export function navigationCount(): number {
  return navigations;
}

function changed(): void {
  for (const listener of listeners) listener();
}

window.addEventListener("popstate", () => {
  navigations++;
  changed();
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Goes to an address below the prefix. `replace`: Back does not stop here, for filters as they are typed. */
export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const { pathname } = window.location;
  window.history[replace ? "replaceState" : "pushState"](null, "", href(to));
  if (window.location.pathname !== pathname) navigations++;
  changed();
}

/** As written into links. */
export function href(to: string): string {
  return `${prefix}${to}`;
}

/** The whole address of a place here, to send to others. */
export function fullAddress(to: string): string {
  return new URL(href(to), window.location.href).href;
}

/** Below the prefix, still encoded. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => {
    const { pathname } = window.location;
    return pathname.startsWith(prefix) ? pathname.slice(prefix.length) || "/" : pathname;
  });
}

export function useQuery(): URLSearchParams {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  return useMemo(() => new URLSearchParams(search), [search]);
}

/** Changes parts of the query and keeps the rest; undefined and "" take a part away. */
export function useSetQuery(): (
  changes: { readonly [name: string]: string | undefined },
  options?: { readonly replace?: boolean },
) => void {
  return useCallback((changes, options) => {
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString().replaceAll("%2C", ",");
    navigate(`${window.location.pathname.slice(prefix.length)}${text === "" ? "" : `?${text}`}`, options);
  }, []);
}

export type Parameters = { readonly [name: string]: string };

/** The named parts of a path that fits a pattern as `/flows/:flow/:tab?`; undefined where it does not fit. */
export function match(pattern: string, path: string): Parameters | undefined {
  const wanted = pattern.split("/");
  const given = path.replace(/(?<=.)\/$/, "").split("/");
  if (given.length > wanted.length) return undefined;
  const found: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at];
    if (part.startsWith(":")) {
      const name = part.slice(1).replace(/\?$/, "");
      if (value === undefined && part.endsWith("?")) continue;
      const decoded = value === undefined || value === "" ? undefined : decode(value);
      if (decoded === undefined) return undefined;
      found[name] = decoded;
    } else if (part !== value) return undefined;
  }
  return found;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> & {
  readonly to: string;
  readonly ref?: Ref<HTMLAnchorElement>;
};

/** A real link, so that it can be opened in another tab, copied and read out; a plain click stays on the page. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || elsewhere || (rest.target ?? "_self") !== "_self") return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={href(to)} onClick={go} />;
}
