import { isPlain } from "./is-plain.ts";

/** An error as it crosses the wire. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string | number;
  readonly cause?: unknown;
  /** Own members such as the `status` of a reply, as far as they are plain JSON; apart from what other SDKs look for in an error. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly __serialized: true;
}

/** How many causes are followed: chains go round in circles, and what is stored of an error has a bound. */
const causesMax = 5;

/** The JSON of what is kept of an error's own members, in characters: a status and a reason, and no body of a reply. */
const fieldsLengthMax = 4_096;
/** What is written for itself. */
const written: ReadonlySet<string> = new Set(["name", "message", "stack", "code", "cause", "__serialized"]);

/**
 * Plain data from whatever was thrown. Text becomes the message; other values become their JSON.
 *
 * @param hasFields - Own members are kept too; where results are secret, they are as well.
 */
export function serializeError(thrown: unknown, depth = 0, hasFields = true): SerializedError {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) return { name: "Error", message: textOf(thrown), stack: "", __serialized: true };
  const { code, cause } = thrown as { readonly code?: unknown; readonly cause?: unknown };
  return {
    name: thrown.name || "Error",
    message: thrown.message || textOf(thrown),
    stack: thrown.stack ?? "",
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(cause === undefined || cause === null ? {} : { cause: serializeCause(cause, depth + 1, hasFields) }),
    ...(hasFields ? fieldsOf(thrown) : {}),
    __serialized: true,
  };
}

function fieldsOf(thrown: Error): Pick<SerializedError, "fields"> {
  const fields: Record<string, unknown> = {};
  let length = 0;
  try {
    for (const [name, value] of Object.entries(thrown)) {
      if (written.has(name) || !isPlain(value)) continue;
      const text = JSON.stringify(value);
      if (length + name.length + text.length > fieldsLengthMax) continue;
      length += name.length + text.length;
      fields[name] = JSON.parse(text);
    }
  } catch {
    // A member that throws when it is read is worth no more than those before it.
  }
  return length === 0 ? {} : { fields };
}

function serializeCause(cause: unknown, depth: number, hasFields: boolean): unknown {
  if (depth > causesMax) return undefined;
  if (cause instanceof Error || isErrorLike(cause)) return serializeError(cause, depth, hasFields);
  try {
    return JSON.parse(JSON.stringify(cause) ?? "null");
  } catch {
    return String(cause); // A cause that JSON cannot hold is at least named.
  }
}

/** An error of another realm, or one that a library made without the class. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === "object" && value !== null && "message" in value && "name" in value && "stack" in value;
}

function textOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (thrown instanceof Error) return thrown.message;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown); // Circular: its type is all there is to say.
  }
}
