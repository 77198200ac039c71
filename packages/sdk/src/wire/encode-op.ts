// Ops as they cross the wire. Payloads are text already and are not made anew.

import { asJson, type JsonObject, type Op } from "@stepwell/protocol";

/** One op as JSON text. */
export function encodeOp(op: Op): string {
  const { opts, data, types, error, name } = partsOf(op);
  const members = [
    `"op":${asJson(op.kind)}`,
    `"id":${asJson(op.id)}`,
    `"name":${asJson(name ?? op.name)}`,
    `"displayName":${asJson(op.name)}`,
    `"opts":${withInput(asJson({ ...(op.stepType === undefined ? {} : { type: op.stepType }), ...(op.race ? { parallelMode: "race" } : {}), ...opts }), op)}`,
  ];
  if (data !== undefined) members.push(`"data":${data}`);
  if (types !== undefined) members.push(`"types":${types}`);
  if (error !== undefined) members.push(`"error":${error}`);
  if (op.startedAt !== undefined) members.push(`"timing":{"a":${op.startedAt * 1e6},"b":${Math.round((op.durationMs ?? 0) * 1e6)}}`);
  const notes = metadataOf(op);
  if (notes.length > 0) members.push(`"metadata":${asJson(notes)}`);
  return `{${members.join(",")}}`;
}

function withInput(opts: string, { input }: Op): string {
  if (input === undefined) return opts;
  return opts === "{}" ? `{"input":${input}}` : `${opts.slice(0, -1)},"input":${input}}`;
}

interface OpParts {
  /** Some ops have their argument in the place of a name. */
  readonly name?: string;
  readonly opts?: JsonObject;
  readonly data?: string;
  readonly types?: string;
  readonly error?: string;
}

function partsOf(op: Op): OpParts {
  switch (op.kind) {
    case "StepRun":
    case "RunComplete":
      return op.types === undefined ? { data: op.data } : { data: op.data, types: op.types };
    case "Step":
      return { data: op.data };
    case "StepError":
      return { error: op.error.json, ...(op.retryAfterMs === undefined ? {} : { opts: { retryAfterMs: op.retryAfterMs } }) };
    case "StepFailed":
      return { error: op.error.json };
    case "Sleep":
      return { name: op.target };
    case "WaitForEvent":
      return {
        name: op.event,
        opts: { event: op.event, timeout: op.timeout, ...defined({ if: op.expression, lookback: op.lookback }) },
      };
    case "WaitForSignal":
      return { opts: { signal: op.signal, timeout: op.timeout, conflict: op.conflict } };
    case "InvokeFunction":
      return {
        opts: {
          function_id: op.functionName,
          payload: op.payload,
          ...(op.timeout === "" ? {} : { timeout: op.timeout }),
          ...(op.propagateCancel ? { propagateCancel: true } : {}),
        },
      };
    case "Gateway":
    case "AIGateway":
      return { opts: op.opts };
    case "StepCancel":
      return { opts: { ids: op.ids } };
    default:
      return {};
  }
}

function metadataOf({ logs, metadata = [] }: Op): readonly object[] {
  if (logs === undefined) return metadata;
  const lines = logs.map(({ data, ...line }) => (data === undefined ? line : { ...line, data: JSON.parse(data) as unknown }));
  return [...metadata, { scope: "step", kind: "stepwell.logs", op: "merge", values: { lines } }];
}

function defined(source: Readonly<Record<string, string | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined));
}
