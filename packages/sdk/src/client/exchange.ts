import { askMsMax, askMsPerMib, StepwellError } from "@stepwell/protocol";

export interface ServerRequest {
  /** The server's address: mistakes name it, and not the whole URL, which may hold a key. */
  readonly baseUrl: string;
  /** Below that, without a slash before it. */
  readonly path: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** How long it may take; by default as long as a request with such a body does. */
  readonly msMax?: number | undefined;
}

export interface ServerAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request to the server, and reads the answer to its end.
 *
 * @throws {StepwellError} `http_unreachable`: it is not there, breaks off, or takes too long.
 */
export async function exchange(fetch: typeof globalThis.fetch, request: ServerRequest): Promise<ServerAnswer> {
  const { baseUrl, path, method, headers, body, msMax = msFor(body) } = request;
  // Some hosts have no such signals.
  const signal = "timeout" in AbortSignal ? AbortSignal.timeout(msMax) : undefined;
  try {
    const init = { method, headers, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
    const response = await fetch(new URL(path, baseUrl), init);
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (error) {
    const why = signal?.aborted === true ? `it did not answer within ${msMax / 1_000} seconds` : reasonOf(error);
    throw new StepwellError("http_unreachable", `the server at ${baseUrl} cannot be reached: ${why}`, {
      retryable: true,
      cause: error,
      advice: "Start one with `npx @stepwell/cli dev`, or set STEPWELL_BASE_URL to its address.",
    });
  }
}

/** By the text's length, which is nearly that of its bytes: most of a body is ASCII. */
function msFor(body = ""): number {
  return askMsMax + Math.floor(body.length / 1_048_576) * askMsPerMib;
}

function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  // Of a name with several addresses none was reached: that has a code, and no message.
  return inner.message === "" && "code" in inner ? String(inner.code) : inner.message;
}
