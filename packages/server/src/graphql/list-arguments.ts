import { type EpochMs, epochMs, limits, type StoreSeq } from "@stepwell/protocol";
import { QueryRefusal } from "./query-refusal.ts";

const rowsDefault = 40;

/** How many rows are asked for. */
export function readFirst(first: number | null | undefined): number {
  const count = first ?? rowsDefault;
  if (count < 1) throw new QueryRefusal("first is a number above 0");
  return Math.min(count, limits.gqlPageMax);
}

/** An instant of RFC 3339, before and after the years that events may have too. */
export function readTime(value: unknown, name: string): EpochMs | undefined {
  if (value === null || value === undefined) return undefined;
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new QueryRefusal(`${name} is a time as text, e.g. "2026-11-20T13:05:09Z"`);
  return epochMs(Math.max(0, at));
}

/** The cursor of a row; rows behind it come next. */
export function writeSeq(seq: number): string {
  return Buffer.from(`s:${seq}`).toString("base64url");
}

export function readSeq(after: string | null | undefined): StoreSeq | undefined {
  if (after === null || after === undefined || after === "") return undefined;
  const seq = /^s:(\d{1,15})$/.exec(Buffer.from(after, "base64url").toString("utf8"))?.[1];
  if (seq === undefined) throw new QueryRefusal("after is not a cursor of this server; take it from pageInfo.endCursor");
  return Number(seq) as StoreSeq;
}
