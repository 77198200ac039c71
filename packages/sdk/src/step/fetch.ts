import { isObject, type OpBase } from "@stepwell/protocol";
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

/** Reads what `fetch` is called with. Bodies cross the wire as text. */
export async function durableRequest(resource: Parameters<typeof fetch>[0], init?: RequestInit): Promise<DurableRequest> {
  const request = new Request(resource instanceof Request ? resource : resource.toString(), init);
  const body = request.body === null ? undefined : await request.text();
  return {
    url: request.url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    ...(body === undefined || body === "" ? {} : { body }),
  };
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
    headers: isObject(headers) ? (headers as Record<string, string>) : {},
  });
}
