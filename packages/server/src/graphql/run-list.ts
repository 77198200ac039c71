import { limits, type RunStatus } from "@stepwell/protocol";
import type { RunFilter, RunReport } from "@stepwell/store";
import { filterRuns, readFilter } from "./filter-rows.ts";
import { readFirst, readSeq, readTime, writeSeq } from "./list-arguments.ts";
import type { QueryReads } from "./query-reads.ts";
import { QueryRefusal } from "./query-refusal.ts";

export interface RunsArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly filter?: RunsFilterInput | null;
  readonly orderBy?: readonly { readonly field: TimeField; readonly direction: "ASC" | "DESC" }[] | null;
}

type TimeField = "QUEUED_AT" | "STARTED_AT" | "ENDED_AT";

interface RunsFilterInput {
  readonly from?: string | null;
  readonly until?: string | null;
  readonly timeField?: TimeField | null;
  readonly status?: readonly string[] | null;
  readonly functionIDs?: readonly string[] | null;
  readonly appIDs?: readonly string[] | null;
  readonly isDeferred?: boolean | null;
  readonly query?: string | null;
}

interface Asked {
  readonly filter: RunFilter;
  /** Statuses that the store does not tell from others. */
  readonly shown: ReadonlySet<string> | undefined;
  readonly condition: ReturnType<typeof readFilter>;
  readonly field: TimeField;
  readonly isAscending: boolean;
  readonly from: number;
  readonly until: number;
  readonly first: number;
  readonly after: number | undefined;
}

/**
 * `runs`: a page of runs and how many there are. Runs are kept in the order in which they were queued: in another order, or
 * by another time, the newest of them are looked at and no others.
 */
export async function runList(reads: QueryReads, given: RunsArguments): Promise<Readonly<Record<string, unknown>>> {
  const asked = readArguments(reads, given);
  const isKept = asked.field === "QUEUED_AT";
  const found = asked.filter.statuses?.length === 0 ? [] : isKept ? await pageOfKept(reads, asked) : await pageOfSorted(reads, asked);
  const rows = reads.take(found.slice(0, asked.first));
  for (const run of rows) reads.knows(run);
  const cursorOf = (run: RunReport): string => writeSeq(run.seq);
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    edges: rows.map((run) => ({ cursor: cursorOf(run), node: run })),
    pageInfo: {
      hasNextPage: found.length > asked.first,
      hasPreviousPage: asked.after !== undefined,
      startCursor: first === undefined ? null : cursorOf(first),
      endCursor: last === undefined ? null : cursorOf(last),
    },
    totalCount: () => countOf(reads, asked),
  };
}

function readArguments(reads: QueryReads, { first, after, filter, orderBy }: RunsArguments): Asked {
  const { from, until, timeField, status, functionIDs, appIDs, isDeferred, query } = filter ?? {};
  const condition = readFilter(query, "runs");
  const order = orderBy?.[0];
  const field = order?.field ?? timeField ?? "QUEUED_AT";
  if (timeField !== null && timeField !== undefined && timeField !== field)
    throw new QueryRefusal(`runs are filtered and ordered by the same time: timeField is ${timeField}, and orderBy ${field}`);
  const [begin, end] = [readTime(from, "filter.from"), readTime(until, "filter.until")];
  const { engine } = reads.parts;
  const stored = isDeferred === true ? [] : storedStatuses(status ?? undefined);
  const isKept = field === "QUEUED_AT";
  return {
    filter: {
      ...(stored === undefined ? {} : { statuses: stored }),
      ...(functionIDs?.length
        ? { functionIds: functionIDs.flatMap((id) => engine.findFunction(id)?.id ?? (-1 as NonNullable<RunFilter["functionIds"]>[number])) }
        : {}),
      ...(appIDs?.length
        ? {
            appIds: appIDs.flatMap(
              (id) => engine.apps().find(({ uuid }) => uuid === id)?.id ?? (-1 as NonNullable<RunFilter["appIds"]>[number]),
            ),
          }
        : {}),
      ...(isKept && begin !== undefined ? { queuedFrom: begin } : {}),
      ...(isKept && end !== undefined ? { queuedTo: end } : {}),
    },
    // Whether a run that is alive is queued or running is known with what is alive of it.
    shown: status?.some((name) => name === "QUEUED" || name === "RUNNING") ? new Set(status) : undefined,
    condition,
    field,
    isAscending: order?.direction === "ASC",
    from: begin ?? Number.NEGATIVE_INFINITY,
    until: end ?? Number.POSITIVE_INFINITY,
    first: readFirst(first),
    after: readSeq(after),
  };
}

function storedStatuses(status: readonly string[] | undefined): readonly RunStatus[] | undefined {
  if (status === undefined || status.length === 0) return undefined;
  const isAlive = (name: string): boolean => name === "QUEUED" || name === "RUNNING";
  const stored = status.flatMap((name): readonly RunStatus[] =>
    isAlive(name) ? ["queued", "running"] : [name.toLowerCase() as RunStatus],
  );
  return [...new Set(stored)];
}

const rowsPerRead = 200;
/** Pages read for one list, where not every row that is read is shown. */
const readsMax = 10;

/** In the order in which they were queued, or the other way round; one more than was asked for. */
async function pageOfKept(reads: QueryReads, asked: Asked): Promise<readonly RunReport[]> {
  const found: RunReport[] = [];
  let place = asked.after;
  for (let read = 0; read < readsMax && found.length <= asked.first; read += 1) {
    const edge = asked.isAscending ? { after: place ?? 0 } : place === undefined ? {} : { before: place };
    const page = await reads.ask("listRuns", asked.filter, { limit: rowsPerRead, ...edge } as Parameters<typeof reads.ask<"listRuns">>[2]);
    const rows = asked.isAscending ? [...page.rows].reverse() : page.rows;
    const shown = rows.filter((run) => isShown(reads, run, asked));
    found.push(...(await filterRuns(reads, asked.condition, shown)));
    place = rows.at(-1)?.seq;
    if (place === undefined || !(asked.isAscending ? page.hasNewer : page.hasOlder)) break;
  }
  return found;
}

async function pageOfSorted(reads: QueryReads, asked: Asked): Promise<readonly RunReport[]> {
  const sorted = await sortedRuns(reads, asked);
  const begin = asked.after === undefined ? 0 : sorted.findIndex(({ seq }) => seq === asked.after) + 1;
  return sorted.slice(begin, begin + asked.first + 1);
}

/** The newest runs that have the time, by that time. */
async function sortedRuns(reads: QueryReads, asked: Asked): Promise<readonly RunReport[]> {
  const all = await pageOfKept(reads, { ...asked, isAscending: false, after: undefined, first: rowsPerRead * readsMax });
  const timed = all.flatMap((run) => {
    const at = asked.field === "STARTED_AT" ? run.startedAt : run.endedAt;
    return at === undefined || at < asked.from || at >= asked.until ? [] : [{ run, at }];
  });
  timed.sort((one, other) => (asked.isAscending ? 1 : -1) * (one.at - other.at || one.run.seq - other.run.seq));
  return timed.map(({ run }) => run);
}

function isShown({ parts }: QueryReads, run: RunReport, { shown }: Asked): boolean {
  if (shown === undefined) return true;
  if (run.endedAt !== undefined) return shown.has(run.status.toUpperCase());
  return shown.has(parts.engine.phaseOf(run).status === "queued" ? "QUEUED" : "RUNNING");
}

async function countOf(reads: QueryReads, asked: Asked): Promise<number> {
  if (asked.filter.statuses?.length === 0) return 0;
  if (asked.field !== "QUEUED_AT") return (await sortedRuns(reads, asked)).length;
  if (asked.condition !== undefined || (asked.shown !== undefined && !(asked.shown.has("QUEUED") && asked.shown.has("RUNNING"))))
    return (await pageOfKept(reads, { ...asked, after: undefined, first: rowsPerRead * readsMax })).length;
  return (await reads.ask("countRuns", asked.filter, limits.gqlRowsMax)).count;
}
