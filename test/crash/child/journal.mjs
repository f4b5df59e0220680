/** What flows of the rig tell beside the calls of their bodies: nothing where they run without it. */
const write = globalThis[Symbol.for("caudal crash journal")] ?? (() => undefined);

/** A listener: the transition was told. */
export const told = ({ slug, mapIndex }, from, to, { runId, replayed }) => {
  const child = mapIndex === undefined ? "" : `[${mapIndex}]`;
  write("told", `${runId}/${slug}${child}`, from.type, to.type, replayed ? "again" : "first");
};

/** An inner step of a body, with how far it came. */
export const inner = (what, taskRunId, name) => write(what, taskRunId, name);

export const note = (...words) => write("note", ...words);

/** Sets the clock of the process, as it was ordered; the first call does. */
export const setClock = globalThis[Symbol.for("caudal crash clock")] ?? (() => undefined);
