import { isObject, isTooDeep, limits, tooDeepMessage } from "@stepwell/protocol";
import { type GenericIssue, type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { notUtf8, notUtf8Message, readText, tooLong } from "./body.ts";
import { type ProblemParams, refusal } from "./problem.ts";
import type { ErrorForm } from "./route.ts";

export interface ReadBodyParams {
  /** How a refusal is told. */
  readonly errors: ErrorForm;
  /** Absent: that of the API's small bodies. */
  readonly bytesMax?: number;
  /** No body at all is an object without members. */
  readonly isOptional?: boolean;
  /** It is a list, and not an object. */
  readonly isList?: boolean;
}

/** Problems of one body that are told. */
const fieldsMax = 10;

/** Reads the body of a request as JSON of a shape; a refusal that names what is wrong with it. */
export async function readBody<Schema extends GenericSchema>(
  request: Request,
  schema: Schema,
  { errors, bytesMax = limits.apiBodyBytesMax, isOptional = false, isList = false }: ReadBodyParams,
): Promise<{ readonly value: InferOutput<Schema> } | Response> {
  const refuse = (params: ProblemParams): Response => refusal(errors, params);
  const text = await readText(request, bytesMax);
  if (text === tooLong) return refuse({ code: "body_too_large", detail: `the body is over ${bytesMax} bytes` });
  if (text === notUtf8) return refuse({ code: "invalid_json", detail: notUtf8Message });
  let value: unknown;
  try {
    value = JSON.parse(text === "" && isOptional ? "{}" : text);
  } catch (error) {
    return refuse({ code: "invalid_json", detail: `the body is not JSON (${error instanceof Error ? error.message : "unreadable"})` });
  }
  if (isTooDeep(value, text.length)) return refuse({ code: "json_too_deep", detail: tooDeepMessage("the body") });
  // To a schema a list without members looks like an object without keys.
  if (isList ? !Array.isArray(value) : !isObject(value))
    return refuse({ code: "invalid_request", detail: `the body is not a JSON ${isList ? "list" : "object"}` });
  const result = safeParse(schema, value);
  if (result.success) return { value: result.output };
  const fields = result.issues.slice(0, fieldsMax).map(fieldOf);
  return refuse({ code: "invalid_request", detail: `the body is not as it should be: ${fields[0]?.message}`, fields });
}

function fieldOf(issue: GenericIssue): { readonly path: string; readonly message: string } {
  const path = (getDotPath(issue) ?? "").slice(0, 80);
  return { path, message: path === "" ? issue.message : `${path}: ${issue.message}` };
}
