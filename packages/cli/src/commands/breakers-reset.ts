import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printJson, printText } from "../print.ts";

export const breakersReset: ClientCommand = {
  name: "breakers reset",
  args: "<id or function>",
  summary: "closes a circuit breaker by hand, or all of a function: what waited is called at once",
  flags: [],
  examples: ["stepwell breakers reset 3f9c2a71de04", "stepwell breakers reset shop-sync-invoices"],
  async run(context) {
    const [named] = context.args;
    if (named === undefined || context.args.length > 1)
      throw new CommandError(exitCodes.usage, "usage", "breakers reset needs one id, or the name of one function", [
        "stepwell breakers list shows them",
      ]);
    const found = await breakersNamed(context, named);
    const closed: unknown[] = [];
    for (const row of found) {
      const { data } = await context.client.post(`/api/v1/breakers/${encodeURIComponent(String(row["id"]))}/reset`, "");
      closed.push(data);
    }
    if (context.has("json") || context.has("jsonl")) printJson({ data: closed });
    else for (const row of found) printText(`✓ closed ${textOf(row)}`);
    return exitCodes.done;
  },
};

async function breakersNamed(context: ClientContext, named: string): Promise<readonly JsonObject[]> {
  const { data } = await context.client.get("/api/v1/breakers");
  const rows = Array.isArray(data) ? data.filter(isObject) : [];
  const found = rows.filter((row) => row["id"] === named || slugOf(row) === named);
  if (found.length > 0) return found;
  throw new CommandError(exitCodes.notFound, "breaker_not_found", `no breaker "${named}" is open or has counted anything`, [
    "stepwell breakers list shows them",
  ]);
}

function slugOf(row: JsonObject): string {
  return isObject(row["function"]) ? String(row["function"]["slug"]) : "";
}

function textOf(row: JsonObject): string {
  const key = row["key"];
  return `${slugOf(row)}${typeof key === "string" ? ` (${key})` : ""}, which was ${String(row["status"]).replace("_", " ")}`;
}
