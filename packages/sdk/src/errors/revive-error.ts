import { isObject } from "@stepwell/protocol";

const builtIn: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
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
  const options = cause === undefined || cause === null ? undefined : { cause: reviveError(cause) };
  const error = new (builtIn[String(name)] ?? Error)(message, options);
  if (error.name !== name) error.name = String(name);
  if (typeof stack === "string") error.stack = stack;
  if (code !== undefined && code !== null) Object.assign(error, { code });
  addFields(error, value["fields"]);
  return error;
}

/** What the error had besides, but for what every error has. */
export function addFields(error: Error, fields: unknown): void {
  if (!isObject(fields)) return;
  for (const [name, value] of Object.entries(fields)) if (!(name in error)) Object.assign(error, { [name]: value });
}
