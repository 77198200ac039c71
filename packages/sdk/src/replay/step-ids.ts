import { hashStepId, type StepId } from "@stepwell/protocol";

export interface CountedStepId {
  readonly hashed: StepId;
  /** 0 for the first use of an id, 1 for the second. */
  readonly index: number;
}

/** Ids of one execution: the second use of `a` is `a:1`. An index whose text a step has as its own id is passed over. */
export class StepIds {
  /** The first id, which for many functions is the only one. */
  #first: string | undefined;
  /** By text: the next index of a step of this id; 0 where the text is no step's own id but an id with an index. */
  #rest: Map<string, number> | undefined;

  next(id: string): CountedStepId {
    if (this.#first === undefined) {
      this.#first = id;
      return { hashed: hashOf(id), index: 0 };
    }
    this.#rest ??= new Map([[this.#first, 1]]);
    return this.#nextOf(this.#rest, id);
  }

  #nextOf(counts: Map<string, number>, id: string): CountedStepId {
    const next = counts.get(id);
    if (next === undefined) {
      counts.set(id, 1);
      return { hashed: hashOf(id), index: 0 };
    }
    let index = Math.max(next, 1);
    while (counts.has(`${id}:${index}`)) index += 1;
    counts.set(id, index + 1);
    const text = `${id}:${index}`;
    counts.set(text, 0);
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
