// What programs note about a run, a step or an attempt, by kinds: as it comes with an op, and in a request of its own.

import type { StepId } from "./ids.ts";
import { isObject, type JsonObject, utf8Bytes, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export const metadataOps = ["merge", "set", "delete", "add"] as const;
export type MetadataOp = (typeof metadataOps)[number];

export interface MetadataUpdate {
  readonly kind: string;
  readonly op: MetadataOp;
  readonly values: JsonObject;
}

/** What it is about: the run; with `stepId` a step, with `attempt` one attempt of it, with `spanId` a part of that. */
export interface MetadataTarget {
  readonly stepId?: StepId;
  /** From 0. */
  readonly attempt?: number;
  readonly spanId?: string;
}

/** Our own kind, which is read elsewhere. */
const logsKind = "stepwell.logs";

/** Kinds of the SDK's makers that may be posted; others of their names would be taken for something they are not. */
const postedKinds: ReadonlySet<string> = new Set(
  ["ai", "http", "http.timing", "response_headers", "warnings", "experiment", "score"].map((name) => `inngest.${name}`),
);

/** Reads `[{ kind, op, values }]`: all of it, or a sentence that says what is wrong. */
export function readMetadata(list: unknown): readonly MetadataUpdate[] | string {
  if (!Array.isArray(list) || list.length === 0) return "metadata is a list of { kind, op, values }, with at least one member";
  if (list.length > limits.metadataPerRequestMax)
    return `metadata has ${list.length} members; the limit is ${limits.metadataPerRequestMax} (metadataPerRequestMax)`;
  const updates: MetadataUpdate[] = [];
  for (const [index, value] of list.entries()) {
    const update = readUpdate(value);
    if (typeof update === "string") return `metadata[${index}]: ${update}`;
    if (update.kind.startsWith("inngest.") && !postedKinds.has(update.kind))
      return `metadata[${index}]: the kind "${update.kind.slice(0, 80)}" is not one that may be posted`;
    const wrong = update.kind === "inngest.score" ? wrongScore(update.values) : undefined;
    if (wrong !== undefined) return `metadata[${index}]: ${wrong}`;
    updates.push(update);
  }
  return updates;
}

/** The same with an op. What is wrong is left out: nothing that is only looked at may fail a run. */
export function readOpMetadata(list: unknown): readonly (MetadataUpdate & { readonly scope: string })[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, limits.metadataPerRequestMax).flatMap((value) => {
    const update = readUpdate(value);
    if (typeof update === "string" || update.kind === logsKind) return [];
    return [{ ...update, scope: String((value as JsonObject)["scope"] ?? "step") }];
  });
}

function readUpdate(value: unknown): MetadataUpdate | string {
  if (!isObject(value)) return "it is no object";
  const kind = wordsOf(value["kind"]);
  if (kind === undefined || utf8Bytes(kind) > limits.metadataKindBytesMax)
    return `kind is a text of 1 to ${limits.metadataKindBytesMax} bytes (metadataKindBytesMax)`;
  const op = metadataOps.find((each) => each === (value["op"] ?? "merge"));
  if (op === undefined) return `op is one of ${metadataOps.join(", ")}`;
  const { values } = value;
  return isObject(values) ? { kind, op, values } : "values is an object";
}

/** A score has one value under its name. `undefined`: it is right. */
function wrongScore(values: JsonObject): string | undefined {
  for (const [name, score] of Object.entries(values)) {
    const wrong = wrongScoreName(name);
    if (wrong !== undefined) return wrong;
    const value = isObject(score) && Object.keys(score).length === 1 ? score["value"] : undefined;
    if (typeof value !== "boolean" && !(typeof value === "number" && Number.isFinite(value)))
      return `the score "${name}" is { "value": … }, a number, true or false`;
  }
  return undefined;
}

export function wrongScoreName(name: string): string | undefined {
  const isPlain = name !== "" && utf8Bytes(name) <= limits.metadataKindBytesMax && !/[\p{Cc}']/u.test(name);
  return isPlain ? undefined : `the name of a score has 1 to ${limits.metadataKindBytesMax} bytes, no control characters and no '`;
}

/** What becomes of a kind's values; `undefined`: nothing is left of it. */
export function withMetadata(before: JsonObject, { op, values }: Pick<MetadataUpdate, "op" | "values">): JsonObject | undefined {
  const after = afterUpdate(before, op, values);
  return Object.keys(after).length === 0 ? undefined : after;
}

function afterUpdate(before: JsonObject, op: MetadataOp, values: JsonObject): JsonObject {
  switch (op) {
    case "set":
      return values;
    case "merge":
      return { ...before, ...values };
    case "delete":
      return Object.fromEntries(Object.entries(before).filter(([name]) => !Object.hasOwn(values, name)));
    case "add": {
      const sums = Object.entries(values).map(([name, value]) => [
        name,
        sum(Object.hasOwn(before, name) ? before[name] : undefined, value),
      ]);
      return { ...before, ...Object.fromEntries(sums) };
    }
    default:
      return op satisfies never;
  }
}

/** Numbers are added up; of anything else the new one counts. */
function sum(before: unknown, value: unknown): unknown {
  const total = typeof before === "number" && typeof value === "number" ? before + value : value;
  return typeof total === "number" && !Number.isFinite(total) ? value : total;
}
