import { asJson, type JsonText } from "./ids.ts";
import { isTooDeep } from "./json-depth.ts";
import { isObject, type JsonObject, parseJson, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

/** Why a run or an attempt failed, as it is stored and shown. */
export interface RunErrorValue {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: JsonText;
  /** The protocol's own word for what happened, e.g. `invalid status code: 500`. */
  readonly error?: string;
  /** What went wrong, for programs; of a run's end. It is shown to people and never sent to apps, whose errors have no such field. */
  readonly code?: string;
}

export function runErrorJson(value: RunErrorValue): JsonText {
  const { cause, code, ...rest } = value;
  const text = asJson({
    // First, where `withoutCode` finds it.
    ...(code === undefined ? {} : { code }),
    ...rest,
    message: cut(value.message, limits.errorMessageLengthMax),
    ...(value.stack === undefined ? {} : { stack: cut(value.stack, limits.errorStackLengthMax) }),
  });
  return cause === undefined ? text : (`${text.slice(0, -1)},"cause":${cause}}` as JsonText);
}

/** What `runErrorJson` wrote, as apps get it: the same bytes but for the code. */
export function withoutCode(json: JsonText): JsonText {
  return json.replace(/^\{"code":"[a-z0-9_]*",/, "{") as JsonText;
}

/** Reads what `runErrorJson` wrote. */
export function parseRunError(json: JsonText): RunErrorValue {
  const value = parseJson(json);
  const object = isObject(value) ? value : {};
  const stack = wordsOf(object["stack"]);
  const error = wordsOf(object["error"]);
  const code = wordsOf(object["code"]);
  return {
    name: wordsOf(object["name"]) ?? "Error",
    message: wordsOf(object["message"]) ?? "",
    ...(stack === undefined ? {} : { stack }),
    ...(object["cause"] === undefined ? {} : { cause: asJson(object["cause"]) }),
    ...(error === undefined ? {} : { error }),
    ...(code === undefined ? {} : { code }),
  };
}

const defaultText = "Function execution error";

/**
 * What to show of a function's error: the object that the app sent, or the one it put under `error` or `body`, as an
 * object or as its JSON text.
 *
 * @param internal - The protocol's own word, used where the app says nothing.
 */
export function displayError(output: unknown, internal: string): RunErrorValue {
  if (!isObject(output)) {
    const message = typeof output === "string" && output !== "" ? output : internal;
    return { name: "Error", message, error: internal };
  }
  const source = nested(output["error"]) ?? nested(output["body"]) ?? output;
  const stack = wordsOf(source["stack"]);
  const cause = source["cause"];
  return {
    name: wordsOf(source["name"]) ?? "Error",
    message: wordsOf(source["message"]) ?? wordsOf(source["error"]) ?? (internal === "" ? defaultText : internal),
    error: wordsOf(source["error"]) ?? internal,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || cause === null ? {} : { cause: asJson(cause) }),
  };
}

function nested(value: unknown): JsonObject | undefined {
  if (isObject(value)) return value;
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return undefined;
  const parsed = parseJson(value);
  return isObject(parsed) && !isTooDeep(parsed, value.length) ? parsed : undefined;
}

function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (cut)`;
}
