import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { failurePath } from "../failure-path.ts";
import { printJson, printText, terminalWidth } from "../print.ts";
import { statusMark } from "../status-mark.ts";
import { formatTable } from "../table.ts";

export const failuresShow: ClientCommand = {
  name: "failures show",
  args: "<id>",
  summary: "shows one group of failures, its last error and its newest runs",
  flags: [],
  examples: ["stepwell failures show 9f2c51", "stepwell failures show 9f2c51 --json"],
  async run(context) {
    const { data } = await context.client.get(failurePath(context, "failures show"));
    if (context.has("json") || context.has("jsonl")) printJson(data);
    else if (isObject(data)) printText(textOfGroup(data));
    return exitCodes.done;
  },
};

function textOfGroup(group: JsonObject): string {
  const inner = (name: string): JsonObject => (isObject(group[name]) ? group[name] : {});
  const { total, kept, redriven } = inner("runs");
  const step = group["stepName"] === null ? "" : ` / ${String(group["stepName"])}`;
  const place = group["frame"] === null ? "" : `\n  at ${String(group["frame"])}`;
  const reopened = group["reopenedAt"] === null ? "" : `, failed again ${String(group["reopenedAt"])} after it was resolved`;
  const runs = (Array.isArray(group["newestRuns"]) ? group["newestRuns"] : []).filter(isObject);
  return [
    `${String(group["name"])}: ${String(group["template"])}${place}`,
    `${String(inner("function")["slug"])}${step} · ${String(group["state"])}${reopened}`,
    `${String(total)} failed, first ${String(group["firstAt"])}, last ${String(group["lastAt"])}`,
    `${String(kept)} runs are kept, ${String(redriven)} of them redriven`,
    ...(runs.length === 0
      ? []
      : ["", formatTable({ heads: ["RUN", "FAILED", "REDRIVEN AS"], rows: runs.map(rowOf), width: terminalWidth() })]),
    ...(typeof kept === "number" && typeof redriven === "number" && kept > redriven
      ? ["", `stepwell failures redrive ${String(group["fingerprint"])}`]
      : []),
  ].join("\n");
}

function rowOf(run: JsonObject): readonly string[] {
  const redrivenAs = isObject(run["failure"]) ? run["failure"]["redrivenAs"] : null;
  return [`${statusMark("failed")} ${String(run["id"])}`, String(run["endedAt"]), redrivenAs === null ? "" : String(redrivenAs)];
}
