// Chance. Ids, jitter and nothing else depend on it; a test gives a seed and knows what comes.

import { type EpochMs, encodeUlid } from "@stepwell/protocol";

export interface Random {
  /** Ten fresh bytes, valid until the next call. */
  entropy(): Uint8Array;
  /** At least 0, less than 1. */
  uniform(): number;
}

/** The operating system's randomness, fetched in large pieces because each fetch costs a microsecond. */
export function systemRandom(): Random {
  const pool = new Uint8Array(16_000);
  let used = pool.length;
  const take = (count: number): Uint8Array => {
    if (used + count > pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  };
  return {
    entropy: () => take(10),
    uniform: () => {
      const bytes = take(4);
      return (((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) * 65_536 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0)) / 2 ** 32;
    },
  };
}

/** A fresh ULID for whatever needs one; the caller says which kind of id it is. */
export function newId<Id extends string>(now: EpochMs, random: Random): Id {
  return encodeUlid(now, random.entropy()) as Id;
}
