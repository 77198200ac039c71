// Chance. Ids, jitter and nothing else depend on it; a test gives a seed and knows what comes.

import { type EpochMs, encodeUlid } from "@stepwell/protocol";

export interface Random {
  /** Ten bytes, valid until the next call. */
  entropy(): Uint8Array;
  /** At least 0, less than 1. */
  uniform(): number;
}

/** The operating system's randomness, fetched in large pieces because each fetch costs a microsecond. */
export function systemRandom(): Random {
  const pool = new Uint8Array(16_000);
  let used = pool.length;
  const byte = (): number => {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    used += 1;
    return pool[used - 1] as number;
  };
  const entropy = new Uint8Array(10);
  const begin = (): void => {
    crypto.getRandomValues(entropy);
    entropy[0] = (entropy[0] as number) >> 1; // Room to grow.
  };
  begin();
  return {
    // Each is greater than the one before, by chance of 32 bits: ids of one millisecond then stand in the order in which
    // they were made, and their index grows at its end, which costs less than growing all over its last pages.
    entropy() {
      let carry = 1;
      for (let place = 9; place >= 0; place -= 1) {
        const sum = (entropy[place] as number) + (place > 5 ? byte() : 0) + carry;
        entropy[place] = sum & 255;
        carry = sum >> 8;
        if (carry === 0 && place <= 6) break;
      }
      if (carry > 0) begin();
      return entropy;
    },
    uniform: () => (((byte() * 256 + byte()) * 256 + byte()) * 256 + byte()) / 2 ** 32,
  };
}

/** A fresh ULID for whatever needs one; the caller says which kind of id it is. */
export function newId<Id extends string>(now: EpochMs, random: Random): Id {
  return encodeUlid(now, random.entropy()) as Id;
}
