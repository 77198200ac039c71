import { json } from "../../problem.ts";
import { message } from "./message.ts";

export interface PageV2 {
  readonly cursor: string | undefined;
  readonly hasMore: boolean;
  readonly limit: number;
}

/** The envelope of the second version: an empty list is absent, as protobuf has it. */
export function replyV2(data: object, now: number, page?: PageV2, status = 200): Response {
  const body = message({
    data: data as object,
    metadata: { fetchedAt: new Date(now).toISOString() },
    ...(page === undefined ? {} : { page: message({ ...page }) }),
  });
  return json(status, body);
}
