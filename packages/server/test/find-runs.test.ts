import type { Engine, RunPhase } from "@stepwell/engine";
import type { PageParams, RunReport } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { findRuns } from "../src/routes/api/find-runs.ts";

/** An engine with so many runs that are alive, of which those that `isWaiting` names wait. */
function engineWith(count: number, isWaiting: (seq: number) => boolean): { readonly engine: Engine; readonly asked: () => number } {
  const all = Array.from({ length: count }, (_, index) => ({ seq: index + 1 }) as unknown as RunReport);
  let asked = 0;
  const listRuns = (_: unknown, { limit, before, after }: PageParams) => {
    asked += 1;
    const rest = all.filter(({ seq }) => (after === undefined ? seq < (before ?? Number.POSITIVE_INFINITY) : seq > after));
    const rows = (after === undefined ? rest.slice(-limit) : rest.slice(0, limit)).reverse();
    const isCut = rest.length > limit;
    return Promise.resolve({
      rows,
      hasOlder: after === undefined ? isCut : true,
      hasNewer: after === undefined ? before !== undefined : isCut,
    });
  };
  const phaseOf = ({ seq }: RunReport): RunPhase => ({ status: isWaiting(seq) ? "waiting" : "running" });
  return { engine: { reports: { listRuns }, phaseOf } as unknown as Engine, asked: () => asked };
}

const waiting = new Set(["waiting"]);
const seqs = ({ found }: { readonly found: readonly { readonly run: RunReport }[] }): readonly number[] => found.map(({ run }) => run.seq);

describe("by a status that is computed", () => {
  test("a page is full although the rows between are not meant, and the total counts what is", async () => {
    const { engine } = engineWith(1_000, (seq) => seq % 100 === 0);
    const first = await findRuns(engine, { filter: {}, page: { limit: 4 }, shown: waiting });
    expect(seqs(first)).toEqual([1_000, 900, 800, 700]);
    expect(first.total).toEqual({ count: 10, atLeast: false });
    expect(first.newerThan).toBeUndefined();
    const second = await findRuns(engine, { filter: {}, page: { limit: 4, before: first.olderThan as never }, shown: waiting });
    expect(seqs(second)).toEqual([600, 500, 400, 300]);
    expect(second.total).toEqual({ count: 10, atLeast: false });
    const third = await findRuns(engine, { filter: {}, page: { limit: 4, before: second.olderThan as never }, shown: waiting });
    expect([seqs(third), third.olderThan]).toEqual([[200, 100], undefined]);
    const back = await findRuns(engine, { filter: {}, page: { limit: 4, after: third.newerThan as never }, shown: waiting });
    expect(seqs(back)).toEqual([600, 500, 400, 300]);
    const start = await findRuns(engine, { filter: {}, page: { limit: 9, after: back.newerThan as never }, shown: waiting });
    expect([seqs(start), start.newerThan]).toEqual([[1_000, 900, 800, 700], undefined]);
  });

  test("none is found among none, and exactly so", async () => {
    for (const count of [0, 3]) {
      const { engine } = engineWith(count, () => false);
      expect(await findRuns(engine, { filter: {}, page: { limit: 4 }, shown: waiting })).toMatchObject({
        found: [],
        olderThan: undefined,
        total: { count: 0, atLeast: false },
      });
    }
  });

  test("a search has an end: the total says at least, and the cursor goes on where it stopped", async () => {
    const { engine, asked } = engineWith(5_000, (seq) => seq === 1 || seq === 4_990);
    const first = await findRuns(engine, { filter: {}, page: { limit: 50 }, shown: waiting });
    expect([seqs(first), first.total]).toEqual([[4_990], { count: 1, atLeast: true }]);
    expect(asked()).toBe(10);
    let page = first;
    const found: number[] = [];
    while (page.olderThan !== undefined) {
      page = await findRuns(engine, { filter: {}, page: { limit: 50, before: page.olderThan }, shown: waiting });
      found.push(...seqs(page));
    }
    expect(found).toEqual([1]);
  });

  test("a page that ends at the last row has none behind it", async () => {
    const { engine } = engineWith(8, (seq) => seq > 4);
    const only = await findRuns(engine, { filter: {}, page: { limit: 4 }, shown: waiting });
    expect([seqs(only), only.olderThan, only.total]).toEqual([[8, 7, 6, 5], undefined, { count: 4, atLeast: false }]);
  });

  test("an empty page leads back to the row it was asked from", async () => {
    const { engine } = engineWith(8, (seq) => seq > 4);
    const empty = await findRuns(engine, { filter: {}, page: { limit: 4, before: 5 as never }, shown: waiting });
    expect([seqs(empty), empty.newerThan]).toEqual([[], 4]);
    const back = await findRuns(engine, { filter: {}, page: { limit: 4, after: empty.newerThan as never }, shown: waiting });
    expect(seqs(back)).toEqual([8, 7, 6, 5]);
    const newest = await findRuns(engine, { filter: {}, page: { limit: 4, after: 8 as never }, shown: waiting });
    expect([seqs(newest), newest.olderThan]).toEqual([[], 9]);
  });
});
