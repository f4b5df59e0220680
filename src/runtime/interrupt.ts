/**
 * Ctrl-C and SIGTERM while runs are active: once, nothing new starts, attempts in flight get their signal and a
 * grace period; twice, the process ends now. Only where the process has no listener of its own for them.
 */
import type { Logger } from "../ports/logger.ts";
import { errandsDone } from "./errands.ts";

export interface Interrupted {
  readonly line: string | undefined;
  readonly ended: Promise<unknown> | undefined;
  /** In place of that of the signal: somebody whose end is expected. */
  readonly exitCode?: number;
}

export interface Interruptible {
  /** Stops taking on work. `line` says what becomes of it; `ended` resolves when nothing is in flight any more. */
  interrupt(): Interrupted;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
type SignalName = keyof typeof SIGNALS;

const active = new Map<Interruptible, Logger>();
let interrupted = false;
let listening = false;

/** Lets Ctrl-C reach a run (or a waiting schedule); the function returned ends it. */
export function onInterrupt(run: Interruptible, logger: Logger): () => void {
  active.set(run, logger);
  listen();
  return () => {
    active.delete(run);
    if (active.size === 0 && !interrupted) unlisten();
  };
}

function listen(): void {
  if (listening) return;
  for (const name of Object.keys(SIGNALS) as SignalName[]) {
    if (process.listenerCount(name) === 0) process.on(name, stop);
  }
  listening = true;
}

function unlisten(): void {
  for (const name of Object.keys(SIGNALS) as SignalName[]) process.removeListener(name, stop);
  listening = false;
}

function stop(name: NodeJS.Signals): void {
  let code: number = SIGNALS[name as SignalName];
  if (interrupted) process.exit(code);
  interrupted = true;
  const endings = [...active].map(([run, logger]) => {
    const { line, ended, exitCode } = run.interrupt();
    code = exitCode ?? code;
    if (line !== undefined && logger.writes("info"))
      logger.write({ at: Date.now(), level: "info", logger: "caudal", message: line });
    return ended;
  });
  process.exitCode = code;
  void Promise.allSettled(endings)
    .then(errandsDone)
    .finally(() => setImmediate(() => lastWords(() => process.exit(code))));
}

/**
 * Whoever waited for the runs has had its turn by now and may have printed what became of them (`caudal run --json`);
 * pipes take that later than it is written.
 */
function lastWords(then: () => void): void {
  if (process.stdout.writable) process.stdout.write("", then);
  else then();
}
