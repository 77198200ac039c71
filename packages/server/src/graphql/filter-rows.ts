import { type CompiledFilter, compileFilter, type FilteredRow } from "@stepwell/engine";
import { eventMapJson } from "@stepwell/protocol";
import type { RunReport, StoredEvent } from "@stepwell/store";
import type { QueryReads } from "./query-reads.ts";
import { QueryRefusal } from "./query-refusal.ts";

type Filter = Extract<CompiledFilter, { readonly kind: "filter" }>;

/** `filter.query`, a condition in CEL. */
export function readFilter(query: string | null | undefined, rows: "events" | "runs"): Filter | undefined {
  if (query === null || query === undefined || query.trim() === "") return undefined;
  const filter = compileFilter(query, rows);
  if (filter.kind === "filter") return filter;
  throw new QueryRefusal(`filter.query: ${filter.message}`);
}

export function filterEvents(reads: QueryReads, filter: Filter | undefined, events: readonly StoredEvent[]): readonly StoredEvent[] {
  return filter === undefined ? events : events.filter((event) => passes(reads, filter, { event: mapOf(event) }));
}

/** A run is looked at with its first event, and with its output or its error when it has ended. */
export async function filterRuns(reads: QueryReads, filter: Filter | undefined, runs: readonly RunReport[]): Promise<readonly RunReport[]> {
  if (filter === undefined || runs.length === 0) return runs;
  const ids = [...new Set(runs.flatMap(({ eventId }) => (eventId === undefined ? [] : [eventId])))];
  const { rows } = await reads.ask("listEvents", { ids }, { limit: Math.max(1, ids.length) });
  const maps = new Map(rows.map((event) => [event.id as string, mapOf(event)]));
  return runs.filter(({ eventId = "", output, error }) => {
    const event = maps.get(eventId);
    const gave = output ?? error;
    return event !== undefined && passes(reads, filter, { event, ...(gave === undefined ? {} : { output: gave }) });
  });
}

function passes(reads: QueryReads, filter: Filter, row: FilteredRow): boolean {
  const result = filter.test(row, reads.budget, reads.now);
  if (result === "too_much_work")
    throw new QueryRefusal(
      "filter.query takes too much work over the rows it is asked of; ask for less time with from and until, or for names or functions",
    );
  return result === "passes";
}

function mapOf(event: StoredEvent): FilteredRow["event"] {
  return eventMapJson({ ...event, id: event.externalId ?? event.id });
}
