import { FilterBudget } from "@stepwell/engine";
import { limits } from "@stepwell/protocol";
import type { ReportsStore, RunReport } from "@stepwell/store";
import type { RouteParts } from "../route.ts";
import { QueryRefusal } from "./query-refusal.ts";

/**
 * What one query may use: reads of the store, each question once, and rows. Each list counts with its rows, because queries
 * go round in circles (a run's function's app's functions) and can ask for far more than is stored.
 */
export class QueryReads {
  readonly parts: RouteParts;
  /** Of the expressions in all lists of the query. */
  readonly budget = new FilterBudget();
  readonly #asked = new Map<string, Promise<unknown>>();
  #rows = 0;

  constructor(parts: RouteParts) {
    this.parts = parts;
  }

  get now(): number {
    return this.parts.engine.now();
  }

  ask<Method extends keyof ReportsStore>(method: Method, ...args: Parameters<ReportsStore[Method]>): ReturnType<ReportsStore[Method]> {
    const key = JSON.stringify([method, args]);
    const known = this.#asked.get(key);
    if (known !== undefined) return known as ReturnType<ReportsStore[Method]>;
    if (this.#asked.size >= limits.gqlReadsMax)
      throw new QueryRefusal(
        `the query needs more than ${limits.gqlReadsMax} reads (gqlReadsMax); ask for fewer rows, or for less of each`,
      );
    const reports = this.parts.engine.reports as unknown as Record<Method, (...given: typeof args) => Promise<unknown>>;
    const answer = reports[method](...args);
    this.#asked.set(key, answer);
    return answer as ReturnType<ReportsStore[Method]>;
  }

  /** The rows of a list, counted. */
  take<Row>(rows: readonly Row[]): readonly Row[] {
    this.#rows += rows.length;
    if (this.#rows > limits.gqlRowsMax)
      throw new QueryRefusal(`the answer has more than ${limits.gqlRowsMax} rows (gqlRowsMax); ask for fewer, or for less of each`);
    return rows;
  }

  /** A run that was read as part of a list. */
  knows(run: RunReport): void {
    this.#asked.set(JSON.stringify(["getRun", [run.id]]), Promise.resolve(run));
  }
}
