import { systemEvents } from "@stepwell/protocol";
import type { EventFilter, StoredEvent } from "@stepwell/store";
import { eventRuns } from "./event-runs.ts";
import { filterEvents, readFilter } from "./filter-rows.ts";
import { readFirst, readSeq, readTime, writeSeq } from "./list-arguments.ts";
import type { QueryReads } from "./query-reads.ts";
import { timeText } from "./time-text.ts";

export interface EventsArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly filter?: {
    readonly from?: string | null;
    readonly until?: string | null;
    readonly eventNames?: readonly string[] | null;
    readonly includeInternalEvents?: boolean | null;
    readonly query?: string | null;
  } | null;
}

export interface StreamArguments {
  readonly limit?: number | null;
  readonly withInternal: boolean;
  readonly before: StoredEvent["seq"] | undefined;
  readonly after: StoredEvent["seq"] | undefined;
}

const rowsPerRead = 200;
/** Pages read for one list, where not every row that is read is shown. */
const readsMax = 10;

/** `eventsV2`: newest first. */
export async function eventList(reads: QueryReads, { first, after, filter }: EventsArguments): Promise<Readonly<Record<string, unknown>>> {
  const { from, until, eventNames, includeInternalEvents, query } = filter ?? {};
  const condition = readFilter(query, "events");
  const count = readFirst(first);
  const [begin, end] = [readTime(from, "filter.from"), readTime(until, "filter.until")];
  const filtered: EventFilter = {
    ...(eventNames?.length ? { names: eventNames } : {}),
    ...(begin === undefined ? {} : { receivedFrom: begin }),
    ...(end === undefined ? {} : { receivedTo: end }),
  };
  const before = readSeq(after);
  const isShown = includeInternalEvents === false ? isOfUser : () => true;
  const find = (seq: typeof before, rows: number) => findEvents(reads, { filter: filtered, isShown, condition, before: seq, count: rows });
  const found = await find(before, count + 1);
  const rows = reads.take(found.slice(0, count));
  const [newest, oldest] = [rows[0], rows.at(-1)];
  return {
    edges: rows.map((event) => ({ cursor: writeSeq(event.seq), node: event })),
    pageInfo: {
      hasNextPage: found.length > count,
      hasPreviousPage: before !== undefined,
      startCursor: newest === undefined ? null : writeSeq(newest.seq),
      endCursor: oldest === undefined ? null : writeSeq(oldest.seq),
    },
    /** Up to as many as are read for one list. */
    totalCount: async () => (await find(undefined, rowsPerRead * readsMax)).length,
  };
}

/** `events`: those since an event; without one the newest. Newest first. */
export async function oldEventList(reads: QueryReads, last: StoredEvent | undefined): Promise<readonly StoredEvent[]> {
  const page = await reads.ask("listEvents", {}, { limit: rowsPerRead, ...(last === undefined ? {} : { after: last.seq }) });
  return reads.take(page.rows);
}

/** `stream`: events and ticks, newest first, with their runs. */
export async function streamList(reads: QueryReads, { limit, withInternal, before, after }: StreamArguments): Promise<readonly unknown[]> {
  // Ticks are events of the server that everybody wants to see.
  const isShown = (event: StoredEvent): boolean => withInternal || isOfUser(event) || isTick(event);
  const found = await findEvents(reads, { filter: {}, isShown, before, count: readFirst(limit) });
  return reads.take(found.filter(({ seq }) => after === undefined || seq > after)).map((event) => ({
    id: event.id,
    trigger: event.name,
    type: isTick(event) ? "CRON" : "EVENT",
    createdAt: timeText(event.receivedAt),
    inBatch: false,
    runs: () => eventRuns(event, reads),
  }));
}

interface Find {
  readonly filter: EventFilter;
  readonly isShown: (event: StoredEvent) => boolean;
  readonly condition?: ReturnType<typeof readFilter>;
  readonly before: StoredEvent["seq"] | undefined;
  readonly count: number;
}

async function findEvents(reads: QueryReads, { filter, isShown, condition, before, count }: Find): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = [];
  let place = before;
  for (let read = 0; read < readsMax && found.length < count; read += 1) {
    const page = await reads.ask("listEvents", filter, { limit: rowsPerRead, ...(place === undefined ? {} : { before: place }) });
    found.push(...filterEvents(reads, condition, page.rows.filter(isShown)));
    place = page.rows.at(-1)?.seq;
    if (place === undefined || !page.hasOlder) break;
  }
  return found.slice(0, count);
}

function isOfUser({ name }: StoredEvent): boolean {
  return !name.startsWith("inngest/") && !name.startsWith("stepwell/");
}

function isTick({ name }: StoredEvent): boolean {
  return name === systemEvents.scheduled;
}
