import type { FoundStep } from "./found-step.ts";

/**
 * Steps that are remembered and wait for their turn. They settle in the order in which they were recorded, so that whoever
 * won a race wins it again.
 */
export class MemoQueue {
  #order: readonly string[];
  readonly #waiting = new Map<string, FoundStep>();
  readonly #settled = new Set<string>();
  #cursor = 0;

  constructor(order: readonly string[]) {
    this.#order = order;
  }

  /** More is remembered now. */
  extend(order: readonly string[]): void {
    this.#order = order;
    this.#cursor = 0;
  }

  /** Whether the step has settled here. */
  hasSettled(id: string): boolean {
    return this.#settled.has(id);
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Nothing that was remembered is left. */
  get isOver(): boolean {
    return this.#settled.size >= this.#order.length && this.#waiting.size === 0;
  }

  /** How many of the remembered steps user code has not come to. */
  get unseen(): number {
    return this.#order.filter((id) => !this.#settled.has(id) && !this.#waiting.has(id)).length;
  }

  add(step: FoundStep): void {
    this.#waiting.set(step.hashed, step);
  }

  /** Whose turn it is; `isStray`: the one before it has not been asked for, though user code may still come to it. */
  next(): { readonly step: FoundStep; readonly isStray: boolean } | undefined {
    while (this.#settled.has(this.#order[this.#cursor] ?? "")) this.#cursor += 1;
    const head = this.#order[this.#cursor];
    const step = head === undefined ? undefined : this.#waiting.get(head);
    if (step !== undefined) return { step, isStray: false };
    const first = this.#order.find((id) => this.#waiting.has(id));
    const stray = first === undefined ? [...this.#waiting.values()][0] : this.#waiting.get(first);
    return stray === undefined ? undefined : { step: stray, isStray: head !== undefined };
  }

  /** The step has its result, from its memo or because it ran in this call. */
  settle(step: FoundStep): void {
    this.#waiting.delete(step.hashed);
    this.#settled.add(step.hashed);
  }
}
