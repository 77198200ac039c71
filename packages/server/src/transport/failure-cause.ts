export interface FailureCause {
  readonly code: string;
  readonly name: string;
  readonly message: string;
}

/** What lies at the bottom of what a client threw. */
export function failureCause(error: unknown): FailureCause {
  if (!(error instanceof Error)) return { code: "", name: "", message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "" && error.cause instanceof Error) return { ...failureCause(error.cause), name: error.name };
  // Several addresses were tried (localhost as IPv4 and IPv6): the first failure says it.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return failureCause(error.errors[0]);
  return { code, name: error.name, message: error.message };
}
