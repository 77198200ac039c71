import type { ErrorCode } from "@stepwell/protocol";
import { hintOf, type RefusalCode, refusals } from "./refusals.ts";
import type { ErrorForm } from "./route.ts";
import { v2Code } from "./routes/v2/v2-code.ts";

export interface ProblemParams {
  readonly code: RefusalCode;
  readonly detail: string;
  readonly fields?: readonly { readonly path: string; readonly message: string; readonly column?: number }[];
}

/** The form of errors of our own API (`/api/v1`): a problem with a code for programs and a hint for people. */
export function problem({ code, detail, fields }: ProblemParams): Response {
  const { status, hint } = refusals[code];
  const body = {
    type: `https://stepwell.dev/errors#${code}`,
    title: code.replaceAll("_", " "),
    status,
    code,
    detail,
    hint,
    ...(fields === undefined ? {} : { fields }),
  };
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json" } });
}

/** A refusal in the form of the API that was asked. */
export function refusal(form: ErrorForm, params: ProblemParams): Response {
  switch (form) {
    case "problem":
      return problem(params);
    case "envelope":
      return envelopeError(params);
    case "list":
      return errorList(params);
    default:
      return form satisfies never;
  }
}

/** The form of errors of the compatible API's second version: a list, and the status in the status line only. */
function errorList({ code, detail, fields = [] }: ProblemParams): Response {
  const { status, hint } = refusals[code];
  const said = fields.map(({ path, message }) => ` (${path}: ${message})`).join("");
  return json(status, { errors: [{ code: v2Code(code), message: `${detail}${said}`, hint }] });
}

export interface EnvelopeErrorParams {
  /** A registration can be refused with the code of any option. */
  readonly code: ErrorCode;
  readonly detail: string;
  /** Where it is not the one of the code. */
  readonly status?: number;
  readonly data?: unknown;
}

/** The form of errors of the compatible API (`/v0`, `/v1`, `/fn`): the status stands in the body too. */
export function envelopeError({ code, detail, status, data = null }: EnvelopeErrorParams): Response {
  const httpStatus = status ?? (code in refusals ? refusals[code as RefusalCode].status : 400);
  return json(httpStatus, { code, error: detail, hint: hintOf(code), data, status: httpStatus });
}

export function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
