import type { Random } from "../src/seams/random.ts";

/** Chance from a seed: the same seed gives the same sequence (xorshift128, seeded by splitmix32). */
export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4);
  readonly #bytes = new Uint8Array(10);

  constructor(seed: number) {
    let mixed = seed >>> 0;
    for (let index = 0; index < 4; index += 1) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let word = mixed;
      word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      this.#state[index] = (word ^ (word >>> 15)) >>> 0;
    }
  }

  /** 32 bits. */
  next(): number {
    const state = this.#state;
    let word = state[3] ?? 0;
    const first = state[0] ?? 0;
    state[3] = state[2] ?? 0;
    state[2] = state[1] ?? 0;
    state[1] = first;
    word ^= word << 11;
    word ^= word >>> 8;
    state[0] = word ^ first ^ (first >>> 19);
    return state[0] ?? 0;
  }

  uniform(): number {
    return this.next() / 2 ** 32;
  }

  entropy(): Uint8Array {
    for (let index = 0; index < 10; index += 1) this.#bytes[index] = this.next() & 255;
    return this.#bytes;
  }

  /** A whole number from 0 to below `below`. */
  below(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}
