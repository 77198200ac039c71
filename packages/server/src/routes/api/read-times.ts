import { type EpochMs, epochMs } from "@stepwell/protocol";
import { problem } from "../../problem.ts";

export interface Times {
  readonly from: EpochMs | undefined;
  /** Not itself included. */
  readonly to: EpochMs | undefined;
}

/** The parameters `from` and `to`. */
export function readTimes(query: URLSearchParams): Times | Response {
  const [from, to] = [query.get("from"), query.get("to")].map((text) => (text === null ? undefined : Date.parse(text)));
  if (Number.isNaN(from) || Number.isNaN(to))
    return problem({
      code: "invalid_request",
      detail: "from and to are ISO 8601 dates",
      fields: [{ path: Number.isNaN(from) ? "from" : "to", message: "not a date" }],
    });
  return { from: from === undefined ? undefined : epochMs(from), to: to === undefined ? undefined : epochMs(to) };
}
