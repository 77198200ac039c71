import { type EpochMs, limits, sha1Hex } from "@stepwell/protocol";

export interface JitterParams {
  readonly owner: string;
  readonly cron: string;
  readonly scheduledAt: EpochMs;
  /** 0: no jitter. */
  readonly jitterMs: number;
}

/**
 * How much later than its moment a tick fires: from one second to below the jitter, the same whenever and wherever it is
 * asked. It depends on whose tick it is and on its moment, so that neither functions nor the ticks of one gather.
 */
export function jitterOffsetMs({ owner, cron, scheduledAt, jitterMs }: JitterParams): number {
  if (jitterMs === 0) return 0;
  const draw = Number.parseInt(sha1Hex(`jitter ${owner} ${cron} ${scheduledAt}`).slice(0, 12), 16);
  return limits.jitterMsMin + (draw % Math.max(1, jitterMs - limits.jitterMsMin));
}
