// Runs by the status people see. Of a run that is alive it is computed from what the store and the memory hold of it, so no
// index has it: runs that may have it are read, newest first, and looked at one by one.
//
// F1. A page holds as many rows as were asked for, or all there are, unless `scannedMax` rows were looked at for it. Then it
//     is shorter, and its cursor goes on behind the last row that was looked at: nothing is left out.
// F2. A total is exact when every row that may match was looked at, and otherwise says "at least".

import type { Engine, RunPhase } from "@stepwell/engine";
import type { StoreSeq } from "@stepwell/protocol";
import type { PageParams, RunFilter, RunReport } from "@stepwell/store";

export interface FoundRun {
  readonly run: RunReport;
  readonly phase: RunPhase;
}

export interface FoundRuns {
  /** Newest first. */
  readonly found: readonly FoundRun[];
  /** Where an older page begins, and where a newer one ends. */
  readonly olderThan: StoreSeq | undefined;
  readonly newerThan: StoreSeq | undefined;
  readonly total: { readonly count: number; readonly atLeast: boolean };
}

/** Rows of one question to the store, and rows looked at for one page. */
const chunkLength = 200;
const scannedMax = 2_000;

/** Counting stored statuses stops here. */
const countMax = 10_000;

/**
 * One page of the runs that pass the filter and show one of the statuses.
 *
 * @param shown - Statuses as people see them; absent: whatever the filter lets through.
 */
export async function findRuns(
  engine: Engine,
  { filter, page, shown }: { readonly filter: RunFilter; readonly page: PageParams; readonly shown: ReadonlySet<string> | undefined },
): Promise<FoundRuns> {
  if (shown === undefined) return listStored(engine, filter, page);
  const all = await scan(engine, { filter, shown, page: { limit: Number.POSITIVE_INFINITY } });
  const total = { count: all.found.length, atLeast: !all.isComplete };
  if (page.before === undefined && page.after === undefined) return { ...beginning(all, page.limit), total };
  return { ...cursorsOf(await scan(engine, { filter, shown, page }), page), total };
}

async function listStored(engine: Engine, filter: RunFilter, page: PageParams): Promise<FoundRuns> {
  const [rows, total] = await Promise.all([engine.reports.listRuns(filter, page), engine.reports.countRuns(filter, countMax)]);
  const [first, last] = [rows.rows[0], rows.rows.at(-1)];
  return {
    found: rows.rows.map((run) => ({ run, phase: engine.phaseOf(run) })),
    olderThan: rows.hasOlder ? last?.seq : undefined,
    newerThan: rows.hasNewer ? first?.seq : undefined,
    total,
  };
}

interface Scan {
  /** In the direction of the scan. */
  readonly found: readonly FoundRun[];
  /** There is no further row in that direction. */
  readonly isComplete: boolean;
  /** The last row that was looked at. */
  readonly edge: StoreSeq | undefined;
}

interface ScanParams {
  readonly filter: RunFilter;
  readonly page: PageParams;
  readonly shown: ReadonlySet<string>;
}

/** Newest first, or with `after` from there to the newest. */
async function scan(engine: Engine, { filter, page, shown }: ScanParams): Promise<Scan> {
  const goesUp = page.after !== undefined;
  const found: FoundRun[] = [];
  let edge = page.after ?? page.before;
  for (let scanned = 0; scanned < scannedMax; scanned += chunkLength) {
    const from = edge === undefined ? {} : goesUp ? { after: edge } : { before: edge };
    const chunk = await engine.reports.listRuns(filter, { limit: chunkLength, ...from });
    for (const run of goesUp ? [...chunk.rows].reverse() : chunk.rows) {
      if (found.length >= page.limit) return { found, edge, isComplete: false };
      edge = run.seq;
      const phase = engine.phaseOf(run);
      if (shown.has(phase.status)) found.push({ run, phase });
    }
    if (!(goesUp ? chunk.hasNewer : chunk.hasOlder)) return { found, edge, isComplete: true };
  }
  return { found, edge, isComplete: false };
}

/** The first page of all that was found. */
function beginning({ found, isComplete, edge }: Scan, limit: number): Omit<FoundRuns, "total"> {
  const hasOlder = found.length > limit || !isComplete;
  const last = found.length > limit ? found[limit - 1]?.run.seq : edge;
  return { found: found.slice(0, limit), olderThan: hasOlder ? last : undefined, newerThan: undefined };
}

/** An empty page leads back to where it was asked from. */
function cursorsOf({ found, isComplete, edge }: Scan, { before, after }: PageParams): Omit<FoundRuns, "total"> {
  const onwards = isComplete ? undefined : edge;
  const first = found[0]?.run.seq;
  if (after !== undefined) return { found: found.toReversed(), newerThan: onwards, olderThan: first ?? beside(after, 1) };
  return { found, olderThan: onwards, newerThan: first ?? (before === undefined ? undefined : beside(before, -1)) };
}

function beside(seq: StoreSeq, by: number): StoreSeq {
  return (seq + by) as StoreSeq;
}
