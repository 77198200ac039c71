import { isObject, type OpBase, StepwellError } from "@stepwell/protocol";
import type { ToolContext } from "./create-step-tools.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import { stepNames } from "./step-names.ts";

/** A request as it crosses the wire. */
export interface DurableRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Resource = Parameters<typeof fetch>[0];

/** `step.fetch`: what `fetch` takes, and before it an id or not. */
export interface FetchTool {
  (resource: Resource, init?: RequestInit): Promise<Response>;
  (idOrOptions: StepOptionsOrId, resource: Resource, init?: RequestInit): Promise<Response>;
}

export type FetchArguments =
  | readonly [resource: Resource, init?: RequestInit | undefined]
  | readonly [idOrOptions: StepOptionsOrId, resource: Resource, init?: RequestInit | undefined];

/** Whether there is an id the second argument says: after it stands what is fetched, else at most an object of settings. */
export function namedRequest(args: FetchArguments): {
  readonly id?: StepOptionsOrId;
  readonly resource: Resource;
  readonly init?: RequestInit | undefined;
} {
  const [first, second, third] = args;
  return typeof second === "string" || second instanceof URL || second instanceof Request
    ? { id: first as StepOptionsOrId, resource: second, init: third }
    : { resource: first as Resource, init: second as RequestInit | undefined };
}

/**
 * Reads what `fetch` is called with. Bodies cross the wire as text.
 *
 * @throws {StepwellError} `invalid_request`: it is called with bytes that are no text, and would ask for something else.
 */
export async function durableRequest(resource: Parameters<typeof fetch>[0], init?: RequestInit): Promise<DurableRequest> {
  const request = new Request(resource instanceof Request ? resource : resource.toString(), init);
  const body = request.body === null ? undefined : textOf(await request.arrayBuffer());
  return {
    url: request.url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    ...(body === undefined || body === "" ? {} : { body }),
  };
}

function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new StepwellError("invalid_request", "step.fetch sends text, and the body of this request is none", {
      retryable: false,
      advice: "Send bytes with fetch in the code of a step: step.run(id, () => fetch(…)).",
      cause,
    });
  }
}

export function fetchCall(_: ToolContext, idOrOptions: StepOptionsOrId, request: DurableRequest): StepCall {
  const op = (base: OpBase) => ({ ...base, kind: "Gateway", opts: { ...request } }) as const;
  return {
    ...stepNames(idOrOptions),
    type: "step.fetch",
    work: { kind: "report", op },
    read: (data) => responseOf(data),
  };
}

/** Statuses whose answers have no body; `Response` takes none for them. */
const bodiless = new Set([101, 204, 205, 304]);

function responseOf(data: unknown): Response {
  const { status_code, body, headers } = isObject(data) ? data : {};
  const status = typeof status_code === "number" ? status_code : 200;
  return new Response(bodiless.has(status) || typeof body !== "string" ? null : body, {
    status,
    headers: isObject(headers) ? Object.entries(headers as Record<string, string>).flatMap(headerLines) : [],
  });
}

/** Values of one name are joined by commas; a cookie is not to be read so, and begins where a name and `=` follow one. */
function headerLines([name, value]: readonly [string, string]): [string, string][] {
  if (name.toLowerCase() !== "set-cookie") return [[name, value]];
  return value.split(/,(?=\s*[^\s;,=]+=)/).map((line) => [name, line]);
}
