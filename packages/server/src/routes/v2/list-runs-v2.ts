// Runs by the filters of the second version. Times other than that of the queue have no index, so runs that may fit are read and
// looked at one by one, up to a bound: a page may then be shorter, and its cursor goes on behind the last row that was looked at.

import type { Engine } from "@stepwell/engine";
import { epochMs, parseDate, type RunStatus, runStatuses, type StoreSeq } from "@stepwell/protocol";
import type { FunctionId, RunFilter, RunReport } from "@stepwell/store";
import { refusal } from "../../problem.ts";
import { readPageV2 } from "./read-page-v2.ts";
import { replyV2 } from "./reply-v2.ts";
import { localId, runMessage, v2Spelling } from "./run-message.ts";

export const runParameters = [
  ...["includeOutput", "cursor", "limit", "from", "until", "timeField", "status", "status[]", "appId", "appId[]", "functionId"],
  ...["functionId[]", "isDeferred", "order"],
];

type TimeField = "queuedAt" | "startedAt" | "endedAt";

interface Query {
  readonly filter: RunFilter;
  readonly isAscending: boolean;
  readonly fits: (run: RunReport) => boolean;
  /** Nothing can fit. */
  readonly isEmpty: boolean;
}

const chunkLength = 200;
const scannedMax = 2_000;

/** @param functionId - Only runs of this function. */
export async function listRunsV2(engine: Engine, url: URL, functionId?: FunctionId): Promise<Response> {
  const page = readPageV2(url, { usual: 20, most: 100 });
  if (page instanceof Response) return page;
  const query = readQuery(engine, url, functionId);
  if (query instanceof Response) return query;
  const edge = page.cursor === undefined ? undefined : readCursor(page.cursor);
  if (edge === null) return refuse("the cursor is not one of this server's; take it from page.cursor");
  const { rows, next } = query.isEmpty ? { rows: [], next: undefined } : await scan(engine, query, page.limit, edge);
  const includeOutput = url.searchParams.get("includeOutput") === "true";
  return replyV2(
    rows.map((run) => runMessage(run, includeOutput)),
    engine.now(),
    { cursor: next === undefined ? undefined : writeCursor(next), hasMore: next !== undefined, limit: page.limit },
  );
}

async function scan(
  engine: Engine,
  { filter, isAscending, fits }: Query,
  limit: number,
  from: StoreSeq | undefined,
): Promise<{ readonly rows: readonly RunReport[]; readonly next: StoreSeq | undefined }> {
  const rows: RunReport[] = [];
  let edge = from ?? (isAscending ? (0 as StoreSeq) : undefined);
  for (let scanned = 0; scanned < scannedMax; scanned += chunkLength) {
    const side = edge === undefined ? {} : isAscending ? { after: edge } : { before: edge };
    const chunk = await engine.reports.listRuns(filter, { limit: chunkLength, ...side });
    for (const run of isAscending ? chunk.rows.toReversed() : chunk.rows) {
      if (rows.length === limit) return { rows, next: edge };
      edge = run.seq;
      if (fits(run)) rows.push(run);
    }
    if (!(isAscending ? chunk.hasNewer : chunk.hasOlder)) return { rows, next: undefined };
  }
  return { rows, next: edge };
}

function readQuery(engine: Engine, url: URL, functionId: FunctionId | undefined): Query | Response {
  const order = (url.searchParams.get("order") ?? "DESC").toUpperCase();
  if (order !== "ASC" && order !== "DESC") return refuse("order is ASC or DESC");
  const times = readTimes(url);
  if (times instanceof Response) return times;
  const statuses = readStatuses(url);
  if (statuses instanceof Response) return statuses;
  const { field, from, until } = times;
  const functionIds = functionId === undefined ? functionsNamed(engine, listOf(url, "functionId")) : [functionId];
  const names = listOf(url, "appId");
  const apps = engine.apps().filter(({ name, uuid }) => names.includes(name) || names.includes(uuid));
  const isByQueue = field === "queuedAt";
  return {
    filter: {
      ...(statuses === undefined ? {} : { statuses }),
      ...(functionIds === undefined ? {} : { functionIds }),
      ...(names.length === 0 ? {} : { appIds: apps.map(({ id }) => id) }),
      ...(isByQueue && from !== undefined ? { queuedFrom: epochMs(from) } : {}),
      ...(isByQueue && until !== undefined ? { queuedTo: epochMs(until) } : {}),
    },
    isAscending: order === "ASC",
    fits: (run) => isByQueue || isWithin(run[field], from, until),
    isEmpty: functionIds?.length === 0 || (names.length > 0 && apps.length === 0) || url.searchParams.get("isDeferred") === "true",
  };
}

function isWithin(at: number | undefined, from: number | undefined, until: number | undefined): boolean {
  if (from === undefined && until === undefined) return true;
  return at !== undefined && (from === undefined || at >= from) && (until === undefined || at < until);
}

function functionsNamed(engine: Engine, names: readonly string[]): readonly FunctionId[] | undefined {
  if (names.length === 0) return undefined;
  const appNames = new Map(engine.apps().map(({ id, name }) => [id, name]));
  return engine
    .functions()
    .filter(({ slug, uuid, appId }) => [slug, uuid, localId(slug, appNames.get(appId) ?? "")].some((id) => names.includes(id)))
    .map(({ id }) => id);
}

function readStatuses(url: URL): readonly RunStatus[] | undefined | Response {
  const wanted = listOf(url, "status").map((text) => text.toUpperCase().replace(/^FUNCTION_RUN_STATUS_/, ""));
  if (wanted.length === 0) return undefined;
  const known = new Set(Object.values(v2Spelling));
  const unknown = wanted.find((status) => !known.has(status));
  if (unknown !== undefined) return refuse(`"${unknown.slice(0, 40)}" is no status; there are ${[...known].join(", ")}`);
  return runStatuses.filter((status) => wanted.includes(v2Spelling[status]));
}

function readTimes(url: URL): { readonly field: TimeField; readonly from?: number; readonly until?: number } | Response {
  const fields: Readonly<Record<string, TimeField>> = { queuedat: "queuedAt", startedat: "startedAt", endedat: "endedAt" };
  const field = fields[(url.searchParams.get("timeField") ?? "queuedAt").replaceAll("_", "").toLowerCase()];
  if (field === undefined) return refuse("timeField is queuedAt, startedAt or endedAt");
  const [from, until] = ["from", "until"].map((name) => {
    const text = url.searchParams.get(name);
    return text === null ? undefined : (parseDate(text) ?? Number.NaN);
  });
  if (Number.isNaN(from) || Number.isNaN(until)) return refuse("from and until are dates");
  return { field, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

function listOf(url: URL, name: string): readonly string[] {
  return [...url.searchParams.getAll(name), ...url.searchParams.getAll(`${name}[]`)].flatMap((text) => text.split(",")).filter(Boolean);
}

function refuse(detail: string): Response {
  return refusal("list", { code: "invalid_request", detail });
}

function writeCursor(seq: StoreSeq): string {
  return Buffer.from(JSON.stringify({ seq })).toString("base64url");
}

/** `null`: not a cursor. */
function readCursor(text: string): StoreSeq | null {
  const seq = /^\{"seq":(\d{1,15})\}$/.exec(Buffer.from(text, "base64url").toString("utf8"))?.[1];
  return seq === undefined ? null : (Number(seq) as StoreSeq);
}
