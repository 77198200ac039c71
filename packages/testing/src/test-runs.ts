import type { StoreSeq } from "@stepwell/protocol";
import type { ReportsStore, RunFilter, RunReport } from "@stepwell/store";

const pageSize = 200;

/** All of them, the newest first: a test that counts must not count a page. */
export async function readRuns(reports: ReportsStore, filter: RunFilter): Promise<readonly RunReport[]> {
  const runs: RunReport[] = [];
  for (let before: StoreSeq | undefined, hasOlder = true; hasOlder; ) {
    const page = await reports.listRuns(filter, { limit: pageSize, ...(before === undefined ? {} : { before }) });
    runs.push(...page.rows);
    hasOlder = page.hasOlder;
    before = page.rows.at(-1)?.seq;
  }
  return runs;
}
