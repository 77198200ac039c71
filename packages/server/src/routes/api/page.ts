import type { StoreSeq } from "@stepwell/protocol";
import type { Page, PageParams } from "@stepwell/store";
import { problem } from "../../problem.ts";

const rowsPerPage = 50;
const rowsPerPageMax = 200;

/** `limit`, and one of `after` (older rows, by the cursor of the page before) and `before` (newer ones). */
export function readPage(url: URL): PageParams | Response {
  const limit = Number(url.searchParams.get("limit") ?? rowsPerPage);
  if (!Number.isInteger(limit) || limit < 1 || limit > rowsPerPageMax)
    return problem({
      code: "invalid_request",
      detail: `limit is a whole number from 1 to ${rowsPerPageMax}`,
      fields: [{ path: "limit", message: "out of range" }],
    });
  const [older, newer] = [readCursor(url, "after"), readCursor(url, "before")];
  if (older === null || newer === null)
    return problem({
      code: "invalid_request",
      detail: "the cursor is not one of this server's; take it from page.next or page.prev",
      fields: [{ path: older === null ? "after" : "before", message: "not a cursor" }],
    });
  return { limit, ...(older === undefined ? {} : { before: older }), ...(newer === undefined ? {} : { after: newer }) };
}

export function pageOf<Row extends { readonly seq: StoreSeq }>(
  page: Page<Row>,
  params: PageParams,
): { readonly next: string | null; readonly prev: string | null; readonly limit: number } {
  const [first, last] = [page.rows[0], page.rows.at(-1)];
  return {
    next: writeCursor(page.hasOlder ? last?.seq : undefined),
    prev: writeCursor(page.hasNewer ? first?.seq : undefined),
    limit: params.limit,
  };
}

/** The cursor of what lies behind a row; `null` where nothing does. */
export function writeCursor(seq: StoreSeq | undefined): string | null {
  return seq === undefined ? null : Buffer.from(`s:${seq}`).toString("base64url");
}

/** `null`: not a cursor. */
function readCursor(url: URL, name: string): StoreSeq | undefined | null {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  const seq = /^s:(\d{1,16})$/.exec(Buffer.from(text, "base64url").toString("utf8"))?.[1];
  return seq === undefined ? null : (Number(seq) as StoreSeq);
}
