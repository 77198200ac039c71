import { hashStepId, type StepId } from "@stepwell/protocol";

export interface CountedStepId {
  readonly hashed: StepId;
  /** 0 for the first use of an id, 1 for the second. */
  readonly index: number;
}

/** Ids of one execution: the second use of `a` is `a:1`. An index whose text a step has as its own id is passed over. */
export class StepIds {
  readonly #uses = new Map<string, number>();
  readonly #taken = new Set<string>();

  next(id: string): CountedStepId {
    let index = this.#uses.get(id) ?? 0;
    if (index === 0 && !this.#taken.has(id)) {
      this.#uses.set(id, 1);
      this.#taken.add(id);
      return { hashed: hashOf(id), index };
    }
    index = Math.max(index, 1);
    while (this.#taken.has(`${id}:${index}`)) index += 1;
    this.#uses.set(id, index + 1);
    const text = `${id}:${index}`;
    this.#taken.add(text);
    return { hashed: hashOf(text), index };
  }
}

/** Programs use the same few ids over and over, and a hash costs more than the rest of a step. */
const hashes = new Map<string, StepId>();
const hashesMax = 20_000;

function hashOf(text: string): StepId {
  let hash = hashes.get(text);
  if (hash === undefined) {
    hash = hashStepId(text);
    if (hashes.size >= hashesMax) hashes.clear();
    hashes.set(text, hash);
  }
  return hash;
}
