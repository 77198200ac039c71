import type { LogLine } from "@stepwell/protocol";
import { type ApiClient, askApi } from "../client/api-request.ts";
import type { ExecutionRequest } from "../replay/execution-request.ts";

/** A call does not wait longer for its log, in ms. */
const waitMsMax = 2_000;

/** Sends lines of a run that no step carries. A log that is lost fails nothing. */
export async function sendLogs(client: ApiClient, { runId, attempt }: ExecutionRequest, lines: readonly LogLine[]): Promise<void> {
  const body = `{"lines":[${lines.map((line) => encodeLine(line, attempt)).join(",")}]}`;
  const sent = askApi(client, { method: "POST", path: `api/v1/runs/${runId}/logs`, body }).catch(() => undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([sent, new Promise((resolve) => (timer = setTimeout(resolve, waitMsMax)))]);
  clearTimeout(timer);
}

function encodeLine({ at, level, text, data }: LogLine, attempt: number): string {
  const line = JSON.stringify({ at, level, text, attempt });
  return data === undefined ? line : `${line.slice(0, -1)},"data":${data}}`;
}
