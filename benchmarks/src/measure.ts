/** What one piece of work took. */
export interface Measure {
  readonly perSecond: number;
  /** Of this process, in µs for each unit of work. */
  readonly processorUs: number;
}

export async function measure(count: number, work: () => Promise<void>): Promise<Measure> {
  const cpu = process.cpuUsage();
  const before = performance.now();
  await work();
  const seconds = (performance.now() - before) / 1_000;
  const used = process.cpuUsage(cpu);
  return { perSecond: count / seconds, processorUs: (used.user + used.system) / count };
}

/** The middle one by throughput; with it goes its processor time. */
export function median(measures: readonly Measure[]): Measure {
  const sorted = [...measures].sort((one, other) => one.perSecond - other.perSecond);
  return sorted[sorted.length >> 1] as Measure;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}
