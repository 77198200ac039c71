import type { FoundStep } from "./found-step.ts";

/**
 * Steps that are remembered and wait for their turn. They settle in the order in which they were recorded, so that whoever
 * won a race wins it again.
 */
export class MemoQueue {
  #order: readonly string[];
  /** Made when there is one: most calls remember nothing. */
  #waiting: Map<string, FoundStep> | undefined;
  /** Of those that are remembered. */
  #settled: Set<string> | undefined;
  /** Steps that ran in this execution. */
  #ran: string[] | undefined;
  #cursor = 0;
  #hasSettledAny = false;

  constructor(order: readonly string[]) {
    this.#order = order;
  }

  /** More is remembered now, what ran here among it. */
  extend(order: readonly string[]): void {
    this.#order = order;
    this.#cursor = 0;
    this.#settled ??= new Set();
    for (const id of this.#ran ?? []) this.#settled.add(id);
  }

  /** Whether the step has settled here. */
  hasSettled(id: string): boolean {
    return this.#settled?.has(id) === true || this.#ran?.includes(id) === true;
  }

  get isEmpty(): boolean {
    return this.#waiting === undefined || this.#waiting.size === 0;
  }

  /** One has settled, and another waits. */
  get isBetween(): boolean {
    return this.#hasSettledAny && !this.isEmpty;
  }

  /** Nothing that was remembered is left. */
  get isOver(): boolean {
    return (this.#settled?.size ?? 0) >= this.#order.length && this.isEmpty;
  }

  /** How many of the remembered steps user code has not come to. */
  get unseen(): number {
    return this.#order.filter((id) => this.#settled?.has(id) !== true && this.#waiting?.has(id) !== true).length;
  }

  add(step: FoundStep): void {
    this.#waiting ??= new Map();
    this.#waiting.set(step.hashed, step);
  }

  /** Whose turn it is; `isStray`: the one before it has not been asked for, though user code may still come to it. */
  next(): { readonly step: FoundStep; readonly isStray: boolean } | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined) return undefined;
    while (this.#settled?.has(this.#order[this.#cursor] ?? "") === true) this.#cursor += 1;
    const head = this.#order[this.#cursor];
    const step = head === undefined ? undefined : waiting.get(head);
    if (step !== undefined) return { step, isStray: false };
    const first = this.#order.find((id) => waiting.has(id));
    const stray = first === undefined ? [...waiting.values()][0] : waiting.get(first);
    return stray === undefined ? undefined : { step: stray, isStray: head !== undefined };
  }

  /** The step has its result from its memo. */
  settle(step: FoundStep): void {
    this.#waiting?.delete(step.hashed);
    this.#settled ??= new Set();
    this.#settled.add(step.hashed);
    this.#hasSettledAny = true;
  }

  /** The step has its result because it ran in this execution. */
  settleRun(step: FoundStep): void {
    this.#ran ??= [];
    this.#ran.push(step.hashed);
  }
}
