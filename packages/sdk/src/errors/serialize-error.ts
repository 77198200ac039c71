/** An error as it crosses the wire. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string | number;
  readonly cause?: unknown;
  readonly __serialized: true;
}

/** How many causes are followed: chains go round in circles, and what is stored of an error has a bound. */
const causesMax = 5;

/** Plain data from whatever was thrown. Text becomes the message; other values become their JSON. */
export function serializeError(thrown: unknown, depth = 0): SerializedError {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) return { name: "Error", message: textOf(thrown), stack: "", __serialized: true };
  const { code, cause } = thrown as { readonly code?: unknown; readonly cause?: unknown };
  return {
    name: thrown.name || "Error",
    message: thrown.message || textOf(thrown),
    stack: thrown.stack ?? "",
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(cause === undefined || cause === null ? {} : { cause: serializeCause(cause, depth + 1) }),
    __serialized: true,
  };
}

function serializeCause(cause: unknown, depth: number): unknown {
  if (depth > causesMax) return undefined;
  if (cause instanceof Error || isErrorLike(cause)) return serializeError(cause, depth);
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
