import type { Need } from "./conformance-case.ts";

/** The server that is judged, and what was said of it. */
export interface Target {
  readonly baseUrl: string;
  /** As the server was given it; it opens the API and signs calls. */
  readonly signingKey?: string;
  /** Absent: the server has none, and takes any. */
  readonly eventKey?: string;
  /** What it was started with as `--retry-interval`. */
  readonly retryIntervalMs?: number;
}

/** Retries that come this soon can be waited for. */
const quickRetriesMsMax = 1_000;

/** What the server is like. Its kind is its own word, in a header of every answer. */
export async function factsOf(target: Target): Promise<ReadonlySet<Need>> {
  const response = await fetch(`${target.baseUrl}/health`);
  await response.text();
  const isQuick = target.retryIntervalMs !== undefined && target.retryIntervalMs <= quickRetriesMsMax;
  return new Set<Need>([
    response.headers.get("x-inngest-server-kind") === "cloud" ? "cloud" : "dev",
    target.signingKey === undefined ? "unsigned" : "signed",
    target.eventKey === undefined ? "no_event_key" : "event_key",
    ...(isQuick ? (["quick_retries"] as const) : []),
    ...(target.retryIntervalMs === undefined ? (["table_retries"] as const) : []),
  ]);
}
