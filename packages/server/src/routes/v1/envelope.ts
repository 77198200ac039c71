import { json } from "../../problem.ts";

/** The envelope of the compatible API. */
export function envelope(data: unknown, now: number): Response {
  return json(200, { data, metadata: { fetched_at: new Date(now).toISOString() } });
}
