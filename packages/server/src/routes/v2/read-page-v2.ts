import { refusal } from "../../problem.ts";

export interface PageRequestV2 {
  readonly limit: number;
  /** As an earlier page gave it. */
  readonly cursor: string | undefined;
}

/** `limit` and `cursor`. */
export function readPageV2(url: URL, { usual, most }: { readonly usual: number; readonly most: number }): PageRequestV2 | Response {
  const text = url.searchParams.get("limit");
  const limit = text === null ? usual : Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    return refusal("list", { code: "invalid_request", detail: `limit is a whole number from 1 to ${most}` });
  return { limit, cursor: url.searchParams.get("cursor") ?? undefined };
}

/** One page of a list that is in memory; a cursor is the key of the page's last row. */
export function pageOfList<Row>(
  rows: readonly Row[],
  { limit, cursor }: PageRequestV2,
  keyOf: (row: Row) => string,
):
  | {
      readonly rows: readonly Row[];
      readonly page: { readonly cursor: string | undefined; readonly hasMore: boolean; readonly limit: number };
    }
  | Response {
  const place = cursor === undefined ? -1 : rows.findIndex((row) => keyOf(row) === cursor);
  if (cursor !== undefined && place === -1) return refusal("list", { code: "invalid_request", detail: "the cursor is none of this list" });
  const shown = rows.slice(place + 1, place + 1 + limit);
  const hasMore = place + 1 + limit < rows.length;
  const last = shown.at(-1);
  return { rows: shown, page: { cursor: hasMore && last !== undefined ? keyOf(last) : undefined, hasMore, limit } };
}
