import { isObject } from "@stepwell/protocol";

const builtIn: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Makes an error of what `serializeError` wrote. Data that is no error stays as it is. */
export function reviveError(value: unknown): unknown {
  if (!isObject(value) || typeof value["message"] !== "string" || !("name" in value)) return value;
  const { name, message, stack, cause, code } = value;
  const error = new (builtIn[String(name)] ?? Error)(message);
  if (error.name !== name) error.name = String(name);
  if (typeof stack === "string") error.stack = stack;
  if (cause !== undefined && cause !== null) error.cause = reviveError(cause);
  if (code !== undefined && code !== null) Object.assign(error, { code });
  return error;
}
