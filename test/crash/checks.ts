/** What must hold of a store and of the journal beside it: at the instant a process died, and at the end. */
import type { Journal, Start } from "./journal.ts";
import type { Stored, StoredRun, StoredTaskRun } from "./stored.ts";

const countOf = <T>(list: readonly T[], is: (item: T) => boolean) => list.filter(is).length;

function groupedBy<T>(list: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function taskRunsOf(stored: Stored): ReadonlyMap<string, StoredTaskRun> {
  return new Map(stored.runs.flatMap(({ taskRuns }) => [...taskRuns]));
}

/** What was done or told by then stands in the store; it is whole; nothing that was reported is gone. */
export function complaintsAtDeath(stored: Stored, journal: Journal): readonly string[] {
  const complaints = [...stored.complaints];
  const acknowledged = journal.commits.reduce((last, { cursor }) => Math.max(last, cursor), 0);
  if (acknowledged > stored.lastCursor)
    complaints.push(`commit ${acknowledged} was reported, and the store ends with ${stored.lastCursor}`);
  const taskRuns = taskRunsOf(stored);
  for (const [name, starts] of groupedBy(journal.starts, ({ taskRun }) => taskRun)) {
    const committed = countOf(taskRuns.get(name)?.transitions ?? [], ({ to }) => to === "Running");
    if (starts.length > committed)
      complaints.push(`${name}: its body was called ${starts.length} times, ${committed} starts are in the store`);
  }
  for (const [key, told] of groupedBy(journal.told, ({ taskRun, to }) => `${taskRun}\t${to}`)) {
    const [name = "", to] = key.split("\t");
    const committed = countOf(taskRuns.get(name)?.transitions ?? [], (transition) => transition.to === to);
    if (told.length > committed)
      complaints.push(`${name}: listeners heard of ${to} ${told.length} times, it is in the store ${committed} times`);
  }
  return complaints;
}

/** Of a store in which every run has ended. `deaths`: how many processes were killed on the way there. */
export function complaintsAtEnd(stored: Stored, journal: Journal, deaths: number): readonly string[] {
  const complaints = [...complaintsAtDeath(stored, journal)];
  const starts = groupedBy(journal.starts, ({ taskRun }) => taskRun);
  const ends = groupedBy(journal.ends, ({ taskRun }) => taskRun);
  for (const { row, taskRuns } of stored.runs) {
    if (row.endedAt === undefined) complaints.push(`${row.id} is ${row.state.type}, not at an end`);
    for (const taskRun of taskRuns.values()) {
      const calls = starts.get(taskRun.name) ?? [];
      complaints.push(
        ...aboutSuccess(taskRun, calls, ends.get(taskRun.name)?.length ?? 0, journal),
        ...aboutCounts(taskRun, calls, deaths),
      );
    }
  }
  return [...complaints, ...aboutInnerSteps(journal)];
}

/** A success that was committed had a body that ended, and no body began after it. */
function aboutSuccess(
  { name, row, transitions, rules }: StoredTaskRun,
  starts: readonly Start[],
  ends: number,
  journal: Journal,
): string[] {
  const complaints: string[] = [];
  if (!rules.callsBody) return complaints;
  const computed = transitions.filter(({ from, to }) => from === "Running" && (to === "Success" || to === "Cached"));
  if (computed.length > ends)
    complaints.push(`${name}: ${computed.length} successes, and its body ended ${ends} times`);
  const last = computed.at(-1);
  if (last === undefined || !rules.keepsValue || transitions.at(-1) !== last) return complaints;
  const known = journal.commits.find(({ cursor }) => cursor >= last.cursor);
  const later = known === undefined ? [] : starts.filter(({ at }) => at > known.at);
  if (later.length > 0)
    complaints.push(`${name} (${row.state.type}): its body was called after its success was committed`);
  return complaints;
}

/** Each call beyond the first has a reason in the history, and no budget is exceeded. */
function aboutCounts({ name, transitions, rules }: StoredTaskRun, starts: readonly Start[], deaths: number): string[] {
  const complaints: string[] = [];
  const count = (from: string, to: string) => countOf(transitions, (step) => step.from === from && step.to === to);
  const lost = count("Running", "Pending");
  const again = countOf(transitions, ({ to }) => to === "Retrying" || to === "Looped") + count("Paused", "Pending");
  const runAgain = rules.keepsValue ? 0 : deaths;
  if (starts.length > 1 + again + lost + runAgain)
    complaints.push(`${name}: called ${starts.length} times, lost ${lost} times, called again by rule ${again} times`);
  const charged = countOf(transitions, ({ from, to }) => from !== "Running" && to === "Retrying");
  if (charged > rules.retries) complaints.push(`${name}: retried ${charged} times of ${rules.retries}`);
  if (lost > deaths) complaints.push(`${name}: lost ${lost} times in ${deaths} deaths`);
  if (rules.onLost === "fail" && starts.length > 1 + again)
    complaints.push(`${name}: at most once, and called ${starts.length} times`);
  return complaints;
}

/** An inner step whose value was kept is not done again. */
function aboutInnerSteps({ inner }: Journal): string[] {
  const complaints: string[] = [];
  for (const [key, lines] of groupedBy(inner, ({ taskRun, name }) => `${taskRun} ${name}`)) {
    const kept = lines.findIndex(({ what }) => what === "kept");
    if (kept !== -1 && lines.slice(kept).some(({ what }) => what === "step"))
      complaints.push(`${key}: the inner step was done again after its value was kept`);
  }
  return complaints;
}

/** How everything ended, without what differs from run to run: to be compared with a run that nothing killed. */
export function endingsOf(stored: Stored, mayDiffer: (slug: string) => boolean): ReadonlyMap<string, string> {
  return new Map(byBirth(stored.runs).flatMap((run, index) => [...endingOf(run, `run ${index}`, mayDiffer)]));
}

export function endingOf(
  { row, taskRuns }: StoredRun,
  as: string,
  mayDiffer: (slug: string) => boolean,
): ReadonlyMap<string, string> {
  const endings = new Map([[as, `${row.state.type} ${textOf("result" in row.state && row.state.result)}`]]);
  for (const { name, row } of taskRuns.values()) {
    const slug = name.slice(name.indexOf("/") + 1);
    if (mayDiffer(slug)) continue;
    const { state } = row;
    const said = "error" in state ? state.error.message : "result" in state ? state.result : undefined;
    endings.set(`${as}/${slug}`, `${state.type} ${textOf(said)}`);
  }
  return endings;
}

const byBirth = (runs: readonly StoredRun[]) => [...runs].sort((a, b) => a.row.createdAt - b.row.createdAt);

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 200 ? `${text.length} letters` : text;
}

export function differences(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names]
    .filter((name) => expected.get(name) !== found.get(name))
    .map(
      (name) =>
        `${name} ended as ${found.get(name) ?? "nothing"}, without a crash as ${expected.get(name) ?? "nothing"}`,
    );
}
