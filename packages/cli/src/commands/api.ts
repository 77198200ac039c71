import { parseJson } from "@stepwell/protocol";
import type { ClientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printJson, printText } from "../print.ts";
import { readJson, usageError } from "../read-payload.ts";

const methods = ["GET", "POST", "PUT", "DELETE"];

export const api: ClientCommand = {
  name: "api",
  args: "<method> <path> [json]",
  summary: "asks the server anything, with its key, and prints the answer as it came",
  flags: [{ name: "data", value: "json", help: "the body: JSON, @file, or @- for standard input" }],
  examples: ["stepwell api GET /v2/apps", `stepwell api POST /api/v1/signals '{"signal":"paid","data":{}}'`, "stepwell api GET /metrics"],
  async run(context) {
    const [name = "", path = "", inline] = context.args;
    const method = name.toUpperCase();
    if (!methods.includes(method) || !path.startsWith("/") || context.args.length > 3)
      throw usageError("api needs a method, a path and at most one body", [
        `the method is one of ${methods.join(", ")}, and the path begins with /, e.g. stepwell api GET /v2/apps`,
        `${context.client.baseUrl}/api/v1/openapi.json tells which there are`,
      ]);
    if (inline !== undefined && context.text("data") !== undefined)
      throw usageError("the body is given twice, as an argument and as --data");
    const source = inline ?? context.text("data");
    const body = source === undefined ? undefined : JSON.stringify(readJson(source, "the body"));
    const answer = await context.client.raw(method, path, body);
    const value = parseJson(answer);
    if (value === undefined) printText(answer);
    else printJson(value);
    return exitCodes.done;
  },
};
