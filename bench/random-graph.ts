/** A layered random graph, the same in every process: a linear congruential generator, no seed to pass around. */
export interface RandomGraph {
  readonly count: number;
  readonly ups: number;
  /** Upstreams of task t: indices t · ups …; −1 where it has fewer. All are smaller than t. */
  readonly upstreams: Int32Array;
}

export function randomGraph(count: number, ups: number): RandomGraph {
  const upstreams = new Int32Array(count * ups).fill(-1);
  let seed = 42;
  for (let task = 1; task < count; task++) {
    const seen = new Set<number>();
    for (let i = 0; i < ups && i < task; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const window = Math.min(task, 1_000);
      const up = task - 1 - (seed % window);
      if (seen.has(up)) continue;
      seen.add(up);
      upstreams[task * ups + i] = up;
    }
  }
  return { count, ups, upstreams };
}
