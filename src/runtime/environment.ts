/**
 * The variables of the environment that Caudal reads: one table for `caudal config`, for warnings, and for whoever
 * wants to know. What is set to nothing counts as not set.
 */
import { nearest } from "../base/nearest.ts";

export interface Setting {
  readonly name: string;
  /** What it decides, and what it may be. */
  readonly about: string;
  /** What holds where it is not set, in words. */
  readonly standard: string;
  /** What is wrong with a value; undefined: nothing. */
  readonly complaint?: (value: string) => string | undefined;
  /** Its value is shown to nobody. */
  readonly secret?: true;
}

const isOneOf =
  (...words: readonly string[]) =>
  (value: string) =>
    words.includes(value.toLowerCase()) ? undefined : `it can be ${words.join(", ")}`;

export const SETTINGS: readonly Setting[] = [
  {
    name: "CAUDAL_LOG_LEVEL",
    about: "lines of runs, from this level on: debug, info, warn, error or off",
    standard: "info",
    complaint: isOneOf("debug", "info", "warn", "warning", "error", "off"),
  },
  {
    name: "CAUDAL_LOG_FORMAT",
    about: "text for people, json for one object a line",
    standard: "text",
    complaint: isOneOf("text", "json"),
  },
  {
    name: "CAUDAL_ZONE",
    about: "the time zone of log lines, an IANA name",
    standard: "this computer's",
    complaint: (value) => (isZone(value) ? undefined : 'it is an IANA name such as "Europe/Madrid"'),
  },
  {
    name: "CAUDAL_STORE",
    about:
      "the folder runs are kept in, relative to the nearest package.json above the flow file; memory keeps nothing",
    standard: ".caudal",
  },
  {
    name: "CAUDAL_DURABILITY",
    about: "what commits are safe from: full also from power loss, process from the end of the process",
    standard: "full",
    complaint: isOneOf("full", "process"),
  },
  {
    name: "CAUDAL_HOST",
    about: "the name of this machine or container, among those that share a store",
    standard: "the host name",
  },
  {
    name: "CAUDAL_TOKEN",
    about: "what a server that others can reach wants with every request, 32 characters or more",
    standard: "none",
    secret: true,
  },
  { name: "CAUDAL_REMOTE", about: "the address of a server that commands about runs ask", standard: "none" },
];

/** Secrets of tasks: the name of one follows. */
export const SECRET_PREFIX = "CAUDAL_SECRET_";
const PREFIX = "CAUDAL_";

/** A value that is set; empty counts as not set. */
export function setValue(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = env[name];
  return value === undefined || value === "" ? undefined : value;
}

/** Whether Intl knows the zone. Costs some 30 ms at its first use, so it is asked about what is set only. */
function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export interface EnvironmentWarning {
  readonly name: string;
  readonly text: string;
  /** It is nothing of ours, and looks like nothing of ours. */
  readonly isStranger: boolean;
}

/** Names that begin like ours and are not, and values that mean nothing. */
export function environmentWarnings(env: NodeJS.ProcessEnv = process.env): readonly EnvironmentWarning[] {
  const known = SETTINGS.map(({ name }) => name);
  const warnings: EnvironmentWarning[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || name.startsWith(SECRET_PREFIX) || known.includes(name)) continue;
    const meant = meantBy(name.slice(PREFIX.length));
    const text = `${name} is no setting${meant === undefined ? " of Caudal" : `; did you mean ${meant}?`}`;
    warnings.push({ name, text, isStranger: meant === undefined });
  }
  for (const { name, standard, complaint } of SETTINGS) {
    const value = setValue(name, env);
    const wrong = value === undefined ? undefined : complaint?.(value);
    if (wrong !== undefined)
      warnings.push({
        name,
        text: `${name} is ${JSON.stringify(value)}, but ${wrong}; ${standard} is used`,
        isStranger: false,
      });
  }
  return warnings;
}

/** By what follows our prefix: with it, every short name would be near another one. */
function meantBy(word: string): string | undefined {
  const whole = nearest(
    word,
    SETTINGS.map(({ name }) => name.slice(PREFIX.length)),
  );
  if (whole !== undefined) return `${PREFIX}${whole}`;
  const [kind = "", ...rest] = word.split("_");
  return nearest(kind, ["SECRET"]) === undefined ? undefined : `${SECRET_PREFIX}${rest.join("_")}`;
}

let told = false;

/** What looks like a slip, once per process: a name that is nobody's slip may be somebody else's variable. */
export function slipsInEnvironment(): readonly string[] {
  if (told) return [];
  told = true;
  return environmentWarnings()
    .filter(({ isStranger }) => !isStranger)
    .map(({ text }) => `${text} (npx caudal config lists them all)`);
}
