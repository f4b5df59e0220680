/** `caudal config`: every variable of the environment that counts, what it is, and where that comes from. */
import { environmentWarnings, SECRET_PREFIX, SETTINGS, setValue } from "../../runtime/environment.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface ConfigOptions {
  readonly json?: boolean | undefined;
}

interface Configured {
  readonly name: string;
  readonly value: string;
  readonly from: "environment" | "default";
  readonly about: string;
}

export function configCommand({ json }: ConfigOptions, { out, paint }: Shell): Promise<ExitCode> {
  const settings = configured(process.env);
  const warnings = environmentWarnings().map(({ text }) => text);
  if (json) {
    out(JSON.stringify({ settings, warnings }, undefined, 2));
    return Promise.resolve(0);
  }
  const widthOf = (of: (one: Configured) => string) => Math.max(...settings.map((one) => of(one).length));
  const [names, values] = [widthOf(({ name }) => name), widthOf(({ value }) => value)];
  for (const { name, value, from, about } of settings) {
    const shown = from === "default" ? paint.faint(value.padEnd(values)) : paint.strong(value.padEnd(values));
    out(`${name.padEnd(names)}  ${shown}  ${from.padEnd("environment".length)}  ${paint.faint(about)}`);
  }
  for (const warning of warnings) out(`${paint.strong("warning")}: ${warning}`);
  return Promise.resolve(0);
}

function configured(env: NodeJS.ProcessEnv): readonly Configured[] {
  const settings = SETTINGS.map(({ name, about, standard, secret }): Configured => {
    const value = setValue(name, env);
    return {
      name,
      value: value === undefined ? standard : secret ? "[secret]" : value,
      from: value === undefined ? "default" : "environment",
      about,
    };
  });
  const secrets = Object.keys(env)
    .filter((name) => name.startsWith(SECRET_PREFIX))
    .sort()
    .map((name): Configured => ({ name, value: "[secret]", from: "environment", about: "a secret of tasks" }));
  const noColour: Configured = {
    name: "NO_COLOR",
    value: setValue("NO_COLOR", env) === undefined ? "colour on terminals" : "no colour",
    from: setValue("NO_COLOR", env) === undefined ? "default" : "environment",
    about: "set to anything: no colour",
  };
  return [...settings, ...secrets, noColour];
}
