import type { EpochMs } from "./ids.ts";

/** What is recorded of an event that a rate limit let start nothing. */
export interface RateLimited {
  readonly key: string;
  /** When the key lets the next one in. */
  readonly nextAt: EpochMs;
}

/** The detail of the outcome `rate_limited`. */
export function rateLimitedDetail({ key, nextAt }: RateLimited): string {
  return JSON.stringify({ key, nextAt });
}

export function readRateLimitedDetail(detail: string): RateLimited {
  return JSON.parse(detail) as RateLimited;
}
