/** What people chose, kept in this browser: theme, language, zone, single-key shortcuts. */
import { useSyncExternalStore } from "react";
import type { GraphDirection } from "../../src/server/contract.ts";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "es";
/** Where absolute times are told: the browser's zone, the server's, or an IANA name (`UTC` is one). */
export type ZoneChoice = "browser" | "server" | (string & {});

export interface Settings {
  readonly theme: Theme;
  /** Undefined: as the browser asks. */
  readonly language: Language | undefined;
  readonly zone: ZoneChoice;
  /** WCAG 2.1.4: single-key shortcuts can be turned off. */
  readonly shortcuts: boolean;
  /** Which way graphs go. Undefined: whichever suits a graph. */
  readonly direction: GraphDirection | undefined;
  /** Who does what is done here, for lists and histories. Undefined: nobody said. */
  readonly person: string | undefined;
}

const KEY = "caudal.settings";
const DEFAULTS: Settings = {
  theme: "system",
  language: undefined,
  zone: "browser",
  shortcuts: true,
  direction: undefined,
  person: undefined,
};

let current = read();
const listeners = new Set<() => void>();

export function settings(): Settings {
  return current;
}

export function changeSettings(changes: Partial<Settings>): void {
  current = { ...current, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage is switched off: the choice holds until the page is closed.
  }
  apply(current);
  for (const listener of listeners) listener();
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribe, settings);
}

/** The language that is shown: the one chosen, else the first the browser asks for that we have. */
export function languageOf({ language }: Settings, asked: readonly string[] = navigator.languages): Language {
  if (language !== undefined) return language;
  const known = asked.map((name) => name.slice(0, 2).toLowerCase()).find((name) => name === "en" || name === "es");
  return known === "es" ? "es" : "en";
}

export function apply({ theme, ...rest }: Settings): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.lang = languageOf({ theme, ...rest });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Settings {
  try {
    return { ...DEFAULTS, ...known(JSON.parse(localStorage.getItem(KEY) ?? "{}")) };
  } catch {
    return DEFAULTS;
  }
}

/** Another program, or another version of this one, may have written it. */
function known(value: unknown): Partial<Settings> {
  const found = (typeof value === "object" && value !== null ? value : {}) as Record<keyof Settings, unknown>;
  return {
    ...(found.theme === "light" || found.theme === "dark" ? { theme: found.theme } : {}),
    ...(found.language === "en" || found.language === "es" ? { language: found.language } : {}),
    ...(typeof found.zone === "string" && isZone(found.zone) ? { zone: found.zone } : {}),
    ...(typeof found.shortcuts === "boolean" ? { shortcuts: found.shortcuts } : {}),
    ...(found.direction === "down" || found.direction === "right" ? { direction: found.direction } : {}),
    ...(typeof found.person === "string" && isPerson(found.person) ? { person: found.person } : {}),
  };
}

/** What the server takes for a name. */
export function isPerson(name: string): boolean {
  return /^(?! )[\p{L}\p{M}\p{N} .,@'’_-]{1,60}(?<! )$/u.test(name);
}

export function isZone(zone: string): boolean {
  if (zone === "browser" || zone === "server") return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
