import { hashStepId, type StepId } from "@stepwell/protocol";

export interface CountedStepId {
  readonly hashed: StepId;
  /** 0 for the first use of an id, 1 for the second. */
  readonly index: number;
}

/** Ids of one execution: the second use of `a` is `a:1`. An index whose text a step has as its own id is passed over. */
export class StepIds {
  /** By text: the next index of a step of this id; 0 where the text is no step's own id but an id with an index. */
  readonly #next = new Map<string, number>();

  next(id: string): CountedStepId {
    const next = this.#next.get(id);
    if (next === undefined) {
      this.#next.set(id, 1);
      return { hashed: hashOf(id), index: 0 };
    }
    let index = Math.max(next, 1);
    while (this.#next.has(`${id}:${index}`)) index += 1;
    this.#next.set(id, index + 1);
    const text = `${id}:${index}`;
    this.#next.set(text, 0);
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
