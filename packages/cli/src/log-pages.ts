import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientContext } from "./client-command.ts";

interface LogPage {
  readonly lines: readonly JsonObject[];
  readonly hasMore: boolean;
  /** Where the next page begins. */
  readonly cursor: string;
}

/** The lines of a run's log behind a cursor. */
async function logPage({ client }: ClientContext, runId: string, query: URLSearchParams): Promise<LogPage> {
  const body = await client.get(`/api/v1/runs/${encodeURIComponent(runId)}/logs?${query}`);
  const { data, page, cursor } = body;
  return {
    lines: (Array.isArray(data) ? data : []).filter(isObject),
    hasMore: isObject(page) && page["next"] !== null,
    cursor: String(cursor),
  };
}

/** Every page there is now; `query` then stands behind the last one. */
export async function* logPages(context: ClientContext, runId: string, query: URLSearchParams): AsyncGenerator<readonly JsonObject[]> {
  query.set("limit", "1000");
  for (;;) {
    const { lines, hasMore, cursor } = await logPage(context, runId, query);
    query.set("after", cursor);
    yield lines;
    if (!hasMore) return;
  }
}
