import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientContext } from "./client-command.ts";
import { convertFlag } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import { printHint, printJson } from "./print.ts";

const lookEveryMs = 200;

/** Waits for the end of a run as long as `--timeout` says, prints what it gave, and resolves with the exit code of that. */
export async function waitForEnd({ client, has, text }: ClientContext, runId: string): Promise<number> {
  const timeout = text("timeout");
  const timeoutMs =
    timeout === undefined
      ? Number.POSITIVE_INFINITY
      : Number(convertFlag({ name: "timeout", type: "duration", help: "" }, timeout, "--timeout"));
  for (const until = Date.now() + timeoutMs; ; ) {
    const { data } = await client.get(`/api/v1/runs/${runId}`);
    const run = isObject(data) ? data : {};
    if (run["endedAt"] !== null && run["endedAt"] !== undefined) return printEnd(run, has("json") || has("jsonl"));
    if (Date.now() >= until)
      throw new CommandError(exitCodes.timedOut, "timeout", `run ${runId} has not ended yet`, [`stepwell runs show ${runId}`]);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function printEnd(run: JsonObject, isJson: boolean): number {
  const status = String(run["status"]);
  if (isJson) printJson(run);
  else if (status === "completed") printJson(isObject(run["output"]) ? run["output"]["value"] : null);
  else
    printHint(
      `${status}  ${String(run["id"])}${isObject(run["error"]) ? `\n  ${String(run["error"]["name"])}: ${String(run["error"]["message"])}` : ""}`,
    );
  return status === "completed" ? exitCodes.done : exitCodes.failed;
}
