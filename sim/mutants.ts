/**
 * Planted bugs: changes of the product's source text that the simulator must notice. The numbers are those of the
 * list of planted bugs in the specification of the simulator; `README.md` says which of it there are.
 */
import type { TextChange } from "./load-system.ts";

export interface Mutant {
  readonly id: string;
  readonly what: string;
  readonly changes: readonly TextChange[];
}

const change = (file: string, find: string, put: string): TextChange => ({ file: `src/${file}`, find, put });

export const MUTANTS: readonly Mutant[] = [
  {
    id: "M01",
    what: "a body is called before its start is committed",
    changes: [
      change(
        "runtime/driver.ts",
        "      const committed = this.#commit();\n      if (committed instanceof Promise) await committed;\n      this.#carryOut();",
        "      this.#carryOut();\n      const committed = this.#commit();\n      if (committed instanceof Promise) await committed;",
      ),
    ],
  },
  {
    id: "M02",
    what: "states and history are kept in two transactions",
    changes: [
      change(
        "runtime/driver.ts",
        "    const stops = () =>",
        "    if (what.path.slots.length > 0) {\n      const path = { slots: new Uint32Array(0), steps: new Uint16Array(0) };\n      const half = store.commit({ ...batch, path, logs: [], cache: [], cacheFreed: [], flow: undefined, letsGo: false });\n      if (half instanceof Promise) half.catch(() => undefined);\n    }\n    const stops = () =>",
      ),
    ],
  },
  {
    id: "M03",
    what: "what follows from a commit is not waited with for it",
    changes: [change("runtime/driver.ts", "if (committed instanceof Promise) await committed;", "void committed;")],
  },
  {
    id: "M04",
    what: "recovery makes finished attempts Pending again",
    changes: [
      change(
        "engine/recover.ts",
        "  for (const row of rows) enterKept(run, row);",
        '  for (const row of rows) enterKept(run, row.state.type === "Success" && row.attempt > 0 && !ended ? { ...row, state: { type: "Pending" } } : row);',
      ),
    ],
  },
  {
    id: "M05",
    what: "the epoch of a commit is not looked at",
    changes: [
      change(
        "store/memory.ts",
        "if (epoch !== current || (kept.owner !== this.#process && !orWas))",
        "if (epoch > current && !orWas)",
      ),
    ],
  },
  {
    id: "M06",
    what: "taking a run over does not raise its epoch",
    changes: [change("store/memory.ts", "row.epoch = row.epoch + 1;", "")],
  },
  {
    id: "M08",
    what: "the end of an attempt counts as often as it is told",
    changes: [
      change(
        "engine/settle.ts",
        "return run.state[slot] === STATE_INDEX.Running && run.phase[slot] === PHASE.WAITING && run.attempt[slot] === attempt;",
        "return run.attempt[slot] === attempt;",
      ),
    ],
  },
  {
    id: "M09",
    what: "a retry's timer is not set again by recovery",
    changes: [
      change(
        "engine/recover.ts",
        'if (startAt > at) step.commands.push({ type: "SetTimer", slot, at: startAt });',
        "if (startAt > at) return;",
      ),
    ],
  },
  {
    id: "M10",
    what: "a timer of a wait before this one counts",
    changes: [change("engine/step.ts", "(run.detail.get(slot)?.startAt ?? 0) <= step.at;", "true;")],
  },
  {
    id: "M11",
    what: "a limit's place stays taken when its task run is cancelled while it claims it",
    changes: [
      change(
        "engine/admit.ts",
        'if (!run.counters.get(slot)?.holdsLimits) step.commands.push({ type: "ReleaseLimits", slot });',
        "",
      ),
    ],
  },
  {
    id: "M16",
    what: "recovery forgets how often a task run was retried",
    changes: [
      change(
        "engine/recover.ts",
        "{ ...row.counters, holdsLimits: false, woken: false }",
        "{ ...row.counters, failures: 0, holdsLimits: false, woken: false }",
      ),
    ],
  },
  {
    id: "M17",
    what: "a lost attempt is charged to the retries",
    changes: [change("engine/settle.ts", "  counters.lost++;", "  counters.lost++;\n  counters.failures++;")],
  },
  {
    id: "M18",
    what: "a cache entry is still fresh at the instant it expires",
    changes: [change("store/memory.ts", "entry.expiresAt > at)) return", "entry.expiresAt >= at)) return")],
  },
  {
    id: "M19",
    what: "failures are put into the cache",
    changes: [
      change("engine/finish.ts", "if (stored && run.attempt[slot]! > 0)", "if (run.attempt[slot]! > 0)"),
      change(
        "runtime/answers/cache-desk.ts",
        'if (command.type === "StoreCache" && state.type === "Cached" && keeps) {',
        'if (command.type === "StoreCache" && state.type === "Failed") {\n        const at = this.#parts.clock.now();\n        (entries ??= []).push({ ...address, value: null, runId: this.#parts.run.id, storedAt: at, expiresAt: at + 60_000 });\n      } else if (command.type === "StoreCache" && state.type === "Cached" && keeps) {',
      ),
    ],
  },
  {
    id: "M20",
    what: "the trigger is looked at before a skipped upstream",
    changes: [
      change(
        "engine/admit.ts",
        "if (seen.skipped > 0 && rules.skipOnUpstreamSkip) {",
        'if (seen.skipped > 0 && rules.skipOnUpstreamSkip && judge(rules.trigger, seen) === "run") {',
      ),
    ],
  },
  {
    id: "M21",
    what: "results of mapped children are in the order they came",
    changes: [
      change(
        "engine/values.ts",
        "const list = run.value.slice(base, base + run.childCount[node]!);",
        "const came: number[] = [];\n  for (let i = 0; i < run.log.length; i++) {\n    const slot = run.log.slot[i]!;\n    if (slot < base || slot >= base + run.childCount[node]!) continue;\n    if (came.includes(slot)) came.splice(came.indexOf(slot), 1);\n    came.push(slot);\n  }\n  const list = came.map((slot) => run.value[slot]);",
      ),
    ],
  },
  {
    id: "M22",
    what: "a task mapped over nothing never ends",
    changes: [change("engine/map.ts", "  if (count === 0) complete(step, node);", "")],
  },
  {
    id: "M23",
    what: "children that are decided while a cancel comes are not cancelled",
    changes: [change("engine/step.ts", ' || (stage === "map" && state.type === "Mapped");', ";")],
  },
  {
    id: "M24",
    what: "what a body returns after its timeout counts for the next attempt",
    changes: [
      change(
        "engine/settle.ts",
        "run.phase[slot] === PHASE.WAITING && run.attempt[slot] === attempt;",
        "run.phase[slot] === PHASE.WAITING && attempt <= run.attempt[slot]!;",
      ),
      change(
        "executor/attempt.ts",
        "    if (this.#reported) return;\n    this.#reported = true;",
        "    this.#reported = true;",
      ),
    ],
  },
  {
    id: "M25",
    what: "listeners are told before the commit",
    changes: [
      change(
        "runtime/telling.ts",
        "      return (said = word());",
        "      for (const one of news) for (const call of callsOf(parts, one)) call(() => undefined);\n      news = NO_NEWS;\n      return (said = word());",
      ),
    ],
  },
  {
    id: "M27",
    what: "after recovery ready task runs begin in an order nothing of the run decides",
    changes: [
      change(
        "engine/recover.ts",
        "  for (let slot = 0; slot < run.slots; slot++) if (!isDropped(run, slot)) recoverOne(step, slot, at);",
        "  const from = ++walks;\n  for (let i = 0; i < run.slots; i++) {\n    const slot = (i + from) % run.slots;\n    if (!isDropped(run, slot)) recoverOne(step, slot, at);\n  }",
      ),
      change("engine/recover.ts", "/** Tells a rebuilt run", "let walks = 0;\n\n/** Tells a rebuilt run"),
    ],
  },
  {
    id: "M29",
    what: "a merge waits for the case that was not taken",
    changes: [
      change(
        "engine/finish.ts",
        "    const down = plan.down[e]!;\n    assert(",
        '    const down = plan.down[e]!;\n    if (plan.kind[down] === "merge" && typeOf(run, node) === "Skipped") continue;\n    assert(',
      ),
    ],
  },
  {
    id: "M30",
    what: "a handler that never answers is waited for without end",
    changes: [change("runtime/answers/handlers.ts", "await withinTime(said, call, late)", "await said")],
  },

  // What the simulator found in our own code, planted again.
  {
    id: "O01",
    what: "a line logged during a commit is kept twice",
    changes: [change("runtime/driver.ts", "[orNone(this.#logs), this.#removed]", "[this.#logs, this.#removed]")],
  },
  {
    id: "O02",
    what: "a run ends as Paused though a person let it go on meanwhile",
    changes: [change("runtime/driver.ts", 'if (this.#finished?.type === "Paused") this.#finished = undefined;', "")],
  },
  {
    id: "O03",
    what: "a run that has ended is taken over",
    changes: [
      change(
        "store/memory.ts",
        'if (ended && reopen !== true) throw new CaudalError("RUN_OVER"',
        'if (ended && reopen === false) throw new CaudalError("RUN_OVER"',
      ),
    ],
  },
  {
    id: "O04",
    what: "a claim on the cache outlives its run",
    changes: [change("store/memory.ts", "if (kept.owner === undefined) disk.freeAllOf(batch.runId);", "")],
  },
  {
    id: "O05",
    what: "an attempt that fails while its process stops is the last",
    changes: [
      change(
        "engine/step.ts",
        "if (retry.allowed && (run.counters.get(slot)?.failures ?? 0) < rules.retries)",
        "if (retry.allowed && !run.draining && (run.counters.get(slot)?.failures ?? 0) < rules.retries)",
      ),
    ],
  },
  {
    id: "O06",
    what: "a cancel before the first step forgets the cleanups",
    changes: [change("engine/flow-end.ts", "run.todo.push(...run.plan.cleanups);", "")],
  },
  {
    id: "O07",
    what: "a run stays Paused though a person has decided",
    changes: [
      change(
        "engine/approval.ts",
        'if (run.flow.type === "Paused" && run.pausing === undefined) run.flow = { type: "Running", attempt: 1 };',
        "",
      ),
    ],
  },
  {
    id: "O08",
    what: "a lost attempt does not wait for what runs again",
    changes: [
      change("engine/settle.ts", "if (!lacksUpstream(run, slot)) makeReady(run, slot);", "makeReady(run, slot);"),
    ],
  },
  {
    id: "O10",
    what: "an entry that comes before its wait begins is waited for in vain",
    changes: [
      change(
        "runtime/answers/cache-desk.ts",
        'if (answer.kind !== "wait") return answer;',
        "if (answer !== undefined) return answer;",
      ),
    ],
  },
  {
    id: "O11",
    what: "an owner that was replaced claims cache entries",
    changes: [
      change("store/memory.ts", "this.#owned(runId, epoch); // else the claim", "this.#kept(runId); // else the claim"),
    ],
  },
  {
    id: "O12",
    what: "a run taken over while it waits never hears of it",
    changes: [
      change("runtime/driver.ts", "if (current !== undefined && current !== epoch)", "if (current === undefined)"),
    ],
  },
  {
    id: "O13",
    what: "a store that is broken for a claim fails the task",
    changes: [change("runtime/answers/cache-desk.ts", "else if (isOfStore(thrown)) this.#broken(thrown);", "")],
  },
  {
    id: "O14",
    what: "running again leaves no step in the history",
    changes: [
      change(
        "engine/recover.ts",
        "record(run, slot, STATE_INDEX[from], run.state[slot]!, at);",
        "run.dirty.push(slot);",
      ),
    ],
  },
  {
    id: "O15",
    what: "a run is Paused though the entry one of it waits for is there",
    changes: [change("engine/flow-end.ts", " || FINISHED[run.state[reason.slot]!]!", "")],
  },
  {
    id: "O16",
    what: "a run that cannot be kept stays its process's",
    changes: [change("runtime/kept/in-hand.ts", "await letGo(place, runId);", "void letGo;")],
  },
  {
    id: "O17",
    what: "a person's word is answered before what came of it is kept",
    changes: [change("runtime/driver.ts", "slot === undefined || !isBeingDecided(run, slot)", "true")],
  },
  {
    id: "O18",
    // Met in worlds whose runs crowd before an entry and a place: an entry that is given up while it is asked for again.
    what: "who asks again for a limit stands in line twice",
    changes: [
      change("runtime/answers/limits.ts", "this.#inLine.get(slot)?.(); // it asks without", "// it asks without"),
    ],
  },
  {
    id: "O19",
    what: "a pause that is asked for while the process stops comes to nothing",
    changes: [
      change(
        "engine/stop.ts",
        "run.pausing !== undefined || run.cancelling || (IS",
        "run.draining || run.cancelling || (IS",
      ),
    ],
  },
  {
    id: "O20",
    what: "a pause that comes with the end of its process's part comes to nothing",
    changes: [change("engine/stop.ts", "(IS_ENDING.has(run.flowPhase) && !isLeft)", "IS_ENDING.has(run.flowPhase)")],
  },
  {
    id: "O21",
    what: "a run that waits, or has not begun, is not kept as about to be paused",
    changes: [
      change(
        "engine/stop.ts",
        "  run.flow = { ...run.flow, reason: run.pausing };",
        '  if (run.flow.type === "Running") run.flow = { ...run.flow, reason: run.pausing };',
      ),
    ],
  },
  {
    id: "O22",
    what: "a run whose process died before it was Paused as asked goes on",
    changes: [
      change(
        "runtime/kept/resume.ts",
        "stays === undefined ? goOn",
        'paused?.reason?.code === "by-person" || stays === undefined ? goOn',
      ),
    ],
  },
  {
    id: "O23",
    what: "who takes a run up goes on with it though a person has paused it just before",
    changes: [change("runtime/kept/resume.ts", "paused ?? (await pausedMeanwhile(order, row))", "paused")],
  },
  {
    id: "O24",
    what: "a task run that a person marks keeps its turn",
    changes: [
      change("engine/mark.ts", "if (run.phase[slot] === PHASE.READY) keepReady(run, (other) => other !== slot);", ""),
    ],
  },
  {
    id: "O25",
    what: "who let a task run go on is asked about it again once its value is lost",
    changes: [
      change("engine/lost-values.ts", "{ ...newCounters(generation + 1), resumed }", "newCounters(generation + 1)"),
    ],
  },
  {
    id: "O26",
    what: "a lost attempt of a task that may be called once only is made again",
    changes: [change("engine/settle.ts", 'if (onLost === "fail")', 'if (onLost === ("never" as string))')],
  },
  {
    id: "O27",
    what: "a lost attempt about which a person is to be asked is made again at once",
    changes: [change("engine/settle.ts", 'if (onLost === "ask")', 'if (onLost === ("never" as string))')],
  },
  {
    id: "O40",
    what: "a commit says that its own listeners were told already",
    changes: [change("runtime/telling.ts", "(news.length > 0 ? last :", '(news.length > 0 ? "itself" :')],
  },
  {
    id: "O41",
    what: "a listener that answers with a promise counts as told when it was called",
    changes: [
      change("runtime/telling.ts", "then(undefined, complain).then(end);\n      return;", "then(undefined, complain);"),
    ],
  },
  {
    id: "O42",
    what: "a run that has ended is let go before its listeners were told",
    changes: [
      change(
        "store/memory.ts",
        'kept.teller = typeof batch.untoldAfter === "number" && !batch.letsGo ? this.#process : undefined;',
        "kept.teller = undefined;",
      ),
    ],
  },
  {
    id: "O43",
    what: "a state in between is told before it is kept",
    changes: [change("runtime/telling.ts", "held = inBetween === undefined ? []", "held = inBetween !== null ? []")],
  },
];
