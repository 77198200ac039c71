import type { Stepwell } from "../client/stepwell.ts";
import type { InngestMiddleware } from "../middleware/inngest-middleware.ts";
import type { StepwellFunction } from "./stepwell-function.ts";

function tagOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && Symbol.toStringTag in value ? value[Symbol.toStringTag] : undefined;
}

/** A client, of this package or of a copy of it. */
export function isInngest(value: unknown): value is Stepwell {
  return tagOf(value) === "Inngest.App";
}

/** A function that a client made. */
export function isInngestFunction(value: unknown): value is StepwellFunction {
  return tagOf(value) === "Inngest.Function";
}

/** Middleware of the elder form. */
export function isInngestMiddleware(value: unknown): value is InngestMiddleware {
  return tagOf(value) === "Inngest.Middleware";
}

/** Whether a request is a server's: a call, a sync or a question. */
export function isInngestRequest(request: {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers | Readonly<Record<string, unknown>>;
}): boolean {
  const { headers, method, url } = request;
  const has = (name: string): boolean => (headers instanceof Headers ? headers.has(name) : headers[name] !== undefined);
  if (has("x-inngest-signature") || has("x-inngest-req-version") || has("x-inngest-server-kind")) return true;
  return method === "POST" && new URL(url, "http://x").searchParams.has("fnId");
}
