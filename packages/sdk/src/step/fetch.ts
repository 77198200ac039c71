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
