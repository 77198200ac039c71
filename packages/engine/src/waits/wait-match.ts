import { asJson, type EpochMs } from "@stepwell/protocol";
import type { EventRecord, WaitRecord } from "@stepwell/store";
import { evaluateCondition } from "../expression/evaluate.ts";
import { valueAt } from "../expression/event-match.ts";
import { ExpressionCache } from "../expression/expression-cache.ts";

/** Whether an event is what a wait waits for. */
export class WaitMatch {
  readonly #now: () => EpochMs;
  readonly #expressions = new ExpressionCache();

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  /**
   * An event that was accepted when the wait was over does not count, and one whose expression cannot be computed does
   * not match.
   *
   * @param map - The event as expressions see it.
   */
  isMet(wait: WaitRecord, record: EventRecord, map: unknown): boolean {
    if (record.receivedAt > wait.dueAt) return false;
    const { term, expression, bindings } = wait;
    if (term !== undefined && asJson(valueAt(map, term.path)) !== term.value) return false;
    if (expression === undefined) return true;
    const compiled = this.#expressions.get(expression);
    if (compiled.kind === "invalid") return false;
    const event: unknown = bindings === undefined ? {} : JSON.parse(bindings);
    const result = evaluateCondition(compiled.expression, { event, async: map, now: this.#now() });
    return result.kind === "value" && result.value;
  }
}
