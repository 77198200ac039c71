import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { logPages } from "../log-pages.ts";
import { logText } from "../log-text.ts";
import { printHint, printJson, printJsonLine, printText } from "../print.ts";
import { runText } from "../run-text.ts";
import { runWhyText } from "../why-text.ts";

export const runsShow: ClientCommand = {
  name: "runs show",
  args: "<id>",
  summary: "shows one run with its steps; a beginning of its id will do",
  flags: [
    { name: "input", help: "its event alone, as JSON" },
    { name: "output", help: "its output alone, as JSON" },
    { name: "logs", help: "what it wrote to its log, alone" },
    { name: "explain", help: "why it does not move, alone: every gate before its next call" },
  ],
  examples: ["stepwell runs show 01JD8ZK3Q4", "stepwell runs show 01JD8ZK3Q4 --output"],
  async run(context) {
    const [id] = context.args;
    if (id === undefined || context.args.length > 1)
      throw new CommandError(exitCodes.usage, "usage", "runs show needs one id", ["e.g. stepwell runs show 01JD8ZK3Q4"]);
    const path = `/api/v1/runs/${encodeURIComponent(id)}`;
    const run = await dataOf(context, path);
    for (const part of ["input", "output"] as const)
      if (context.has(part)) {
        const payload = run[part];
        printJson(isObject(payload) ? payload["value"] : null);
        return exitCodes.done;
      }
    if (context.has("logs")) return printLogs(context, id);
    if (context.has("explain")) return printExplanation(context, await dataOf(context, `${path}/explain`));
    const trace = await dataOf(context, `${path}/trace`);
    if (context.has("json") || context.has("jsonl")) printJson({ ...run, trace });
    else {
      printText(runText(run, trace));
      if (run["status"] === "queued" && !context.has("quiet")) printHint(`why: stepwell why ${id}`);
    }
    return exitCodes.done;
  },
};

async function printLogs(context: ClientContext, id: string): Promise<number> {
  const lines: JsonObject[] = [];
  for await (const page of logPages(context, id, new URLSearchParams())) lines.push(...page);
  if (context.has("json")) printJson(lines);
  else for (const line of lines) context.has("jsonl") ? printJsonLine(line) : printText(logText(line));
  return exitCodes.done;
}

function printExplanation(context: ClientContext, explanation: JsonObject): number {
  if (context.has("json") || context.has("jsonl")) printJson(explanation);
  else printText(runWhyText(explanation));
  return exitCodes.done;
}

async function dataOf({ client }: ClientContext, path: string): Promise<JsonObject> {
  const data = (await client.get(path))["data"];
  if (isObject(data)) return data;
  throw new CommandError(exitCodes.failed, "failed", `the server's answer to ${path} has no data`);
}
