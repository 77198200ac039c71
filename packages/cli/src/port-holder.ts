/** Who listens on a port that is taken. */
export type PortHolder = { readonly kind: "stepwell"; readonly pid?: number } | { readonly kind: "other" };

const answerMsMax = 1_000;

/** Asks whoever listens there; a Stepwell server says so, with a key or without. */
export async function portHolder(port: number): Promise<PortHolder> {
  try {
    const response = await fetch(`http://localhost:${port}/api/v1/server`, {
      signal: AbortSignal.timeout(answerMsMax),
      redirect: "manual",
    });
    const answer = (await response.json()) as { readonly product?: unknown; readonly pid?: unknown; readonly type?: unknown };
    if (answer.product === "stepwell") return typeof answer.pid === "number" ? { kind: "stepwell", pid: answer.pid } : { kind: "stepwell" };
    // Without its key a production server answers with a problem of its own kind.
    if (typeof answer.type === "string" && answer.type.startsWith("https://stepwell.dev/errors#")) return { kind: "stepwell" };
  } catch {
    // It speaks no HTTP, or no JSON, or not in time: not one of ours.
  }
  return { kind: "other" };
}

export function describeHolder(holder: PortHolder): string {
  if (holder.kind === "other") return "another program listens there";
  return `a Stepwell server is already running there${holder.pid === undefined ? "" : ` (pid ${holder.pid})`}`;
}
