/** How long after the failure the next attempt is wanted, in ms; `undefined` where the error does not say. */
export function retryTimeOf(error: unknown, now: number): number | undefined {
  if (!(error instanceof Error) || error.name !== "RetryAfterError") return undefined;
  const { retryAfter, retryAfterMs } = error as { readonly retryAfter?: unknown; readonly retryAfterMs?: unknown };
  if (typeof retryAfterMs === "number") return retryAfterMs;
  // A copy of the class that knows whole seconds and instants only.
  if (typeof retryAfter !== "string") return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
