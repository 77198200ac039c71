// Which runs an operation on many means: those that a filter lets through, slice by slice, and whose event fulfils its
// condition.

import { type EpochMs, eventMapJson, parseJson, type RunStatus, type StoreSeq } from "@stepwell/protocol";
import type { RunFilter, RunReport, Store } from "@stepwell/store";
import { compileExpression, type Expression, laterEvent } from "../expression/compile.ts";
import { evaluateCondition } from "../expression/evaluate.ts";

export interface RunSelectionFilter {
  readonly runs: Omit<RunFilter, "statuses">;
  /** CEL over `event`, the event that started the run. */
  readonly expression?: string;
}

export interface ExpressionInvalid {
  readonly kind: "expression_invalid";
  readonly message: string;
  readonly column?: number;
}

export interface RunSlice {
  readonly rows: readonly RunReport[];
  readonly hasMore: boolean;
}

export class RunSelection {
  readonly #store: Store;
  readonly #now: () => EpochMs;
  readonly #statuses: readonly RunStatus[];

  constructor(parts: { readonly store: Store; readonly now: () => EpochMs; readonly statuses: readonly RunStatus[] }) {
    this.#store = parts.store;
    this.#now = parts.now;
    this.#statuses = parts.statuses;
  }

  /** In the order in which they came. */
  async slice({ runs }: RunSelectionFilter, after: StoreSeq, limit: number): Promise<RunSlice> {
    const page = await this.#store.reports.listRuns({ ...runs, statuses: this.#statuses }, { limit, after });
    return { rows: page.rows.toReversed(), hasMore: page.hasNewer };
  }

  async choose(condition: Expression | undefined, runs: readonly RunReport[]): Promise<readonly RunReport[]> {
    if (condition === undefined) return runs;
    const chosen: RunReport[] = [];
    for (const run of runs) if (await this.#isMet(condition, run)) chosen.push(run);
    return chosen;
  }

  /** A condition that cannot be computed for an event is not met by it. */
  async #isMet(condition: Expression, run: RunReport): Promise<boolean> {
    const [event] = await this.#store.reports.runEvents(run.id);
    if (event === undefined) return false;
    const map = parseJson(eventMapJson({ ...event, id: event.externalId ?? event.id }));
    const result = evaluateCondition(condition, { event: map, now: this.#now() });
    return result.kind === "value" && result.value;
  }
}

/** Checked when the operation was made, so one that does not compile is a mistake; it must not come to mean every run. */
export function conditionOf({ expression }: RunSelectionFilter): Expression | undefined {
  if (expression === undefined) return undefined;
  const compiled = compileExpression(expression, laterEvent);
  if (compiled.kind === "invalid") throw new Error(`a stored condition does not compile: ${compiled.message}`);
  return compiled.expression;
}

export function invalidExpression({ expression }: RunSelectionFilter): ExpressionInvalid | undefined {
  const compiled = expression === undefined ? undefined : compileExpression(expression);
  if (compiled?.kind !== "invalid") return undefined;
  return { kind: "expression_invalid", message: compiled.message, ...(compiled.column === undefined ? {} : { column: compiled.column }) };
}
