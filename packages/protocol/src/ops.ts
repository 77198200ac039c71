// What a reply asks to be recorded or done. Names of ops are the wire's own.

import { asJson, type EpochMs, type JsonText, type StepId } from "./ids.ts";
import { isTooDeep, tooDeepMessage } from "./json-depth.ts";
import { exceedsBytes, isObject, type JsonObject, parseJson, textOf, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";
import { type LogLine, readOpLogs } from "./log-lines.ts";
import { readOpMetadata } from "./metadata.ts";
import {
  type GatewayFields,
  type InvokeFunctionFields,
  readWaitFields,
  type StepCancelFields,
  type WaitForEventFields,
  type WaitForSignalFields,
} from "./wait-ops.ts";

export interface OpBase {
  readonly id: StepId;
  /** What people call the step: `displayName`, else `name`, else the id. */
  readonly name: string;
  /** `opts.type`: what kind of tool made the step. For display only. */
  readonly stepType?: string;
  /** `opts.input`: what the step's code is called with, as a list. For display, and to be changed when the step is repeated. */
  readonly input?: JsonText;
  /** Reported by a race: its end is told at once, without waiting for its group. */
  readonly race: boolean;
  readonly startedAt?: EpochMs;
  readonly durationMs?: number;
  /** What the step noted about itself or its run. */
  readonly metadata?: ReturnType<typeof readOpMetadata>;
  /** What the step wrote to its log. */
  readonly logs?: readonly LogLine[];
}

/** A step's error, with the fields every SDK knows, and as the JSON that its memo holds. */
export interface StepErrorValue {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** The whole error object; `data` is always a key of it, because one SDK needs it. */
  readonly json: JsonText;
}

export type UnsupportedOpKind = "SyncRunComplete";

export type StepRunOp = OpBase & {
  readonly kind: "StepRun";
  readonly data: JsonText;
  /** A list that says of parts of `data` what they were before they became JSON; for our own SDK, which makes them that again. */
  readonly types?: JsonText;
};
/** Of the oldest SDKs: `data` is the memo as it stands. */
export type StepOp = OpBase & { readonly kind: "Step"; readonly data: JsonText };

export type Op =
  | StepRunOp
  | StepOp
  | (OpBase & { readonly kind: "StepError"; readonly error: StepErrorValue; readonly retryAfterMs?: number })
  | (OpBase & { readonly kind: "StepFailed"; readonly error: StepErrorValue })
  | (OpBase & { readonly kind: "StepPlanned" })
  /** `target`: a duration or a date as text; empty means at once. */
  | (OpBase & { readonly kind: "Sleep"; readonly target: string })
  | (OpBase & { readonly kind: "RunComplete"; readonly data: JsonText; readonly types?: JsonText })
  | (OpBase & { readonly kind: "None" | "DiscoveryRequest" | "DeferAdd" | "DeferAbort" })
  | (OpBase & WaitForEventFields)
  | (OpBase & WaitForSignalFields)
  | (OpBase & InvokeFunctionFields)
  | (OpBase & GatewayFields)
  | (OpBase & StepCancelFields)
  | (OpBase & { readonly kind: UnsupportedOpKind; readonly raw: JsonText });

const opKinds = [
  "None",
  "Step",
  "StepRun",
  "StepError",
  "StepPlanned",
  "Sleep",
  "WaitForEvent",
  "InvokeFunction",
  "AIGateway",
  "Gateway",
  "WaitForSignal",
  "RunComplete",
  "StepFailed",
  "SyncRunComplete",
  "DiscoveryRequest",
  "DeferAdd",
  "DeferAbort",
  "StepCancel",
] as const satisfies readonly Op["kind"][];

const kindByName: ReadonlyMap<string, Op["kind"]> = new Map(opKinds.map((kind) => [kind.toLowerCase(), kind]));

/** Rides along with other ops and never counts as one of them. */
export function isLazy(op: Op): boolean {
  return op.kind === "DeferAdd" || op.kind === "DeferAbort" || op.kind === "StepCancel";
}

const planLike: ReadonlySet<string> = new Set([
  "StepPlanned",
  "Sleep",
  "WaitForEvent",
  "InvokeFunction",
  "AIGateway",
  "Gateway",
  "WaitForSignal",
]);

/** Has no result yet: something must happen first. */
export function isPlanLike(op: Op): boolean {
  return planLike.has(op.kind);
}

export type OpsResult = { readonly kind: "ops"; readonly ops: readonly Op[] } | InvalidOps;

export interface InvalidOps {
  readonly kind: "invalid";
  readonly code: "reply_invalid" | "output_too_large" | "json_too_deep";
  readonly message: string;
}

/**
 * Reads the ops of a reply: an array, or one op. One bad op makes the whole reply invalid.
 *
 * @param textLength - Of the text they were read from.
 */
export function parseOps(body: unknown, textLength = Number.POSITIVE_INFINITY): OpsResult {
  const values = Array.isArray(body) ? body : isObject(body) ? [body] : undefined;
  if (values === undefined) return invalid("the reply is neither a list of ops nor one op");
  const ops: Op[] = [];
  for (let index = 0; index < values.length; index += 1) {
    const result = parseOp(values[index], textLength);
    if (result.kind === "invalid") return { ...result, message: `op ${index}: ${result.message}` };
    ops.push(result as Op);
  }
  return { kind: "ops", ops };
}

export function parseOp(value: unknown, textLength = Number.POSITIVE_INFINITY): Op | InvalidOps {
  if (!isObject(value)) return invalid("an op is an object");
  const name = textOf(value["op"]);
  const kind = name === undefined ? undefined : kindByName.get(name.toLowerCase());
  if (kind === undefined) return invalid(name === undefined ? "it has no name" : `"${name.slice(0, 80)}" is not an op this server knows`);
  const id = wordsOf(value["id"]);
  if (id === undefined && kind !== "None") return invalid(`${kind} has no id`);
  const base = baseOf(value, (id ?? "") as StepId);
  if (isTooDeep(value, textLength))
    return { kind: "invalid", code: "json_too_deep", message: tooDeepMessage(`what step "${base.name}" gave`) };
  const logs = value["metadata"] === undefined ? undefined : readOpLogs(value["metadata"]);
  const metadata = value["metadata"] === undefined ? [] : readOpMetadata(value["metadata"]);
  const input = readInput(optsOf(value)["input"]);
  const called = input === undefined ? base : { ...base, input };
  const noted = metadata.length === 0 ? called : { ...called, metadata };
  return readOp(kind, value, logs === undefined ? noted : { ...noted, logs });
}

function readOp(kind: Op["kind"], value: JsonObject, base: OpBase): Op | InvalidOps {
  switch (kind) {
    case "StepRun":
    case "Step":
    case "RunComplete": {
      const data = asJson(value["data"]);
      if (kind !== "RunComplete" && exceedsBytes(data, limits.stepOutputBytesMax))
        return {
          kind: "invalid",
          code: "output_too_large",
          message: `step "${base.name}" returned more than ${limits.stepOutputBytesMax} bytes (stepOutputBytesMax)`,
        };
      const { types } = value;
      return kind !== "Step" && Array.isArray(types) ? { kind, ...base, data, types: asJson(types) } : { kind, ...base, data };
    }
    case "StepError": {
      if (!isObject(value["error"])) return invalid(`StepError of step "${base.name}" has no error`);
      const asked = optsOf(value)["retryAfterMs"];
      // Instants are whole milliseconds, whatever a strategy has computed.
      const retry = isCount(asked) ? { retryAfterMs: Math.min(Math.ceil(asked), limits.retryAfterMsMax) } : {};
      return { kind, ...base, error: readStepError(value["error"]), ...retry };
    }
    case "StepFailed":
      return { kind, ...base, error: readStepError(isObject(value["error"]) ? value["error"] : {}) };
    case "Sleep":
      return { kind, ...base, target: textOf(optsOf(value)["duration"]) ?? textOf(value["name"]) ?? "" };
    case "StepPlanned":
    case "None":
    case "DiscoveryRequest":
    case "DeferAdd":
    case "DeferAbort":
      return { kind, ...base };
    case "WaitForEvent":
    case "WaitForSignal":
    case "InvokeFunction":
    case "Gateway":
    case "AIGateway":
    case "StepCancel": {
      const fields = readWaitFields(kind, value);
      return typeof fields === "string" ? invalid(`step "${base.name}": ${fields}`) : { ...base, ...fields };
    }
    default:
      return { kind, ...base, raw: asJson(value) };
  }
}

function baseOf(value: JsonObject, id: StepId): OpBase {
  const opts = optsOf(value);
  const stepType = wordsOf(opts["type"]);
  const mode = textOf(opts["parallelMode"]);
  const timing = value["timing"];
  const name = wordsOf(value["displayName"]) ?? wordsOf(value["name"]) ?? id;
  const race = mode !== undefined && mode.toLowerCase() === "race";
  if (!isObject(timing)) return stepType === undefined ? { id, name, race } : { id, name, stepType, race };
  const { a, b } = timing;
  const times = isCount(a) && a > 0 ? { startedAt: Math.floor(a / 1e6) as EpochMs, durationMs: isCount(b) ? b / 1e6 : 0 } : undefined;
  return { id, name, race, ...(stepType === undefined ? {} : { stepType }), ...times };
}

const noOpts: JsonObject = {};

function optsOf(value: JsonObject): JsonObject {
  const opts = value["opts"];
  return isObject(opts) ? opts : noOpts;
}

/** Long arguments are not kept: the step is what it is without them. */
function readInput(value: unknown): JsonText | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const input = asJson(value);
  return exceedsBytes(input, limits.stepInputBytesMax) ? undefined : input;
}

function readStepError(error: JsonObject): StepErrorValue {
  const name = wordsOf(error["name"]) ?? "Error";
  const message = textOf(error["message"]) ?? "";
  const stack = wordsOf(error["stack"]);
  const json = asJson({ ...error, name, message, data: error["data"] ?? null });
  return { name, message, ...(stack === undefined ? {} : { stack }), json };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function invalid(message: string): InvalidOps {
  return { kind: "invalid", code: "reply_invalid", message };
}

/** The memo of a step that went well, or of a run that was invoked. */
export function memoForStepRun({ data, types }: Pick<StepRunOp, "data" | "types">): JsonText {
  return (types === undefined ? `{"data":${data}}` : `{"data":${data},"types":${types}}`) as JsonText;
}

/** The memo as SDKs get it that know nothing of types, and would take the whole of it for the data. */
export function memoWithoutTypes(memo: JsonText): JsonText {
  if (!memo.endsWith("]}") || !memo.includes(',"types":[')) return memo;
  const value = parseJson(memo);
  if (!isObject(value) || Object.keys(value).join() !== "data,types") return memo;
  return `{"data":${asJson(value["data"])}}` as JsonText;
}

/** The memo of a step that failed for good. */
export function memoForError(error: StepErrorValue): JsonText {
  return `{"error":${error.json}}` as JsonText;
}
