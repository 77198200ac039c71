import { setTimeout as pause } from "node:timers/promises";
import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { logPages } from "../log-pages.ts";
import { logText } from "../log-text.ts";
import { printHint, printJson, printJsonLine, printText } from "../print.ts";

/** A person who follows a log does not notice this delay. */
const lookMs = 500;

export const runsLogs: ClientCommand = {
  name: "runs logs",
  args: "<id>",
  summary: "shows what a run wrote to its log, of its steps or of an app that dev runs",
  flags: [
    { name: "follow", short: "f", help: "wait for further lines, until the run has ended" },
    { name: "step", value: "name", help: "of this step alone, by its name or id" },
    { name: "level", value: "level", isList: true, help: "of this level alone: debug, info, warn, error; may be repeated" },
  ],
  examples: ["stepwell runs logs 01JD8ZK3Q4 --level error", "stepwell runs logs 01JD8ZK3Q4 -f"],
  async run(context) {
    const [id] = context.args;
    if (id === undefined || context.args.length > 1)
      throw new CommandError(exitCodes.usage, "usage", "runs logs needs one id", ["e.g. stepwell runs logs 01JD8ZK3Q4"]);
    const query = new URLSearchParams(context.texts("level").map((level) => ["level", level]));
    const step = context.text("step");
    if (step !== undefined) query.set("step", await stepIdOf(context, id, step));
    if (context.has("json") && !context.has("follow")) {
      const lines: JsonObject[] = [];
      for await (const page of logPages(context, id, query)) lines.push(...page);
      printJson(lines);
      return exitCodes.done;
    }
    let count = 0;
    for (;;) {
      // Asked before the lines are, so that those of its last moment are read too.
      const isOver = !context.has("follow") || (await hasEnded(context, id));
      for await (const page of logPages(context, id, query)) {
        for (const line of page) print(context, line);
        count += page.length;
      }
      if (isOver) break;
      await pause(lookMs);
    }
    if (count === 0 && !context.has("quiet"))
      printHint(
        "No lines. The official SDKs send none: start the app with stepwell dev -- <command> and put runId into each line it writes (a line is kept with the run it names), or post lines to /api/v1/runs/<id>/logs",
      );
    return exitCodes.done;
  },
};

function print(context: ClientContext, line: JsonObject): void {
  if (context.has("json") || context.has("jsonl")) printJsonLine(line);
  else printText(logText(line));
}

async function stepIdOf({ client }: ClientContext, id: string, step: string): Promise<string> {
  const trace = (await client.get(`/api/v1/runs/${encodeURIComponent(id)}/trace`))["data"];
  const spans = isObject(trace) && Array.isArray(trace["spans"]) ? trace["spans"].filter(isObject) : [];
  const span = spans.find((each) => each["id"] === step || (each["id"] !== "run" && each["name"] === step));
  return span === undefined ? step : String(span["id"]);
}

async function hasEnded({ client }: ClientContext, id: string): Promise<boolean> {
  const run = (await client.get(`/api/v1/runs/${encodeURIComponent(id)}`))["data"];
  return isObject(run) && run["endedAt"] !== null;
}
