import { type Compiled, compileExpression, laterEvent } from "./compile.ts";

/** Expressions kept ready by one cache; the one that was not asked for the longest goes first. */
const expressionCacheEntriesMax = 10_000;

/**
 * Compiles each source of a wait or a cancel rule once. They come from runs: each is compiled when the wait is made and
 * again for every event that might end it. What is invalid is remembered too.
 */
export class ExpressionCache {
  readonly #entriesMax: number;
  readonly #compiled = new Map<string, Compiled>();

  constructor(entriesMax: number = expressionCacheEntriesMax) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#compiled.size;
  }

  get(source: string): Compiled {
    const compiled = this.#compiled.get(source) ?? compileExpression(source, laterEvent);
    // A Map keeps the order of insertion, so the first key is the one that was used the longest ago.
    this.#compiled.delete(source);
    this.#compiled.set(source, compiled);
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > this.#entriesMax && oldest !== undefined) this.#compiled.delete(oldest);
    return compiled;
  }
}
