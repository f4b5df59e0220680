/**
 * One child process whose output is ours, as a step of a script.
 *
 * Ctrl-C reaches every process of the terminal by itself: we only have to stay until the child has said its
 * last line. A SIGTERM reaches us alone and is passed on.
 */
import { spawn } from "node:child_process";
import { root } from "./install.mjs";

/** Resolves to the exit code; 128 + n for a child ended by signal n. Never rejects. */
export function step(args, { command = process.execPath, cwd = root, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
    const stay = () => {};
    const passOn = () => child.kill("SIGTERM");
    process.on("SIGINT", stay);
    process.on("SIGTERM", passOn);
    const done = (code) => {
      process.off("SIGINT", stay);
      process.off("SIGTERM", passOn);
      resolve(code);
    };
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      done(1);
    });
    child.on("close", (code, signal) => done(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1)));
  });
}
