import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printJsonLine, printText, terminalWidth } from "../print.ts";
import { formatTable } from "../table.ts";
import { ago } from "../time-text.ts";

const heads = ["STATE", "FUNCTION", "KEY", "FAILED", "WHY", "SINCE", "PROBE AT", "ID"];

export const breakersList: ClientCommand = {
  name: "breakers list",
  args: "",
  summary: "shows circuit breakers that are open or have counted calls",
  flags: [],
  examples: ["stepwell breakers list", "stepwell breakers list --json"],
  async run(context) {
    const { data } = await context.client.get("/api/v1/breakers");
    const rows = Array.isArray(data) ? data.filter(isObject) : [];
    if (context.has("json")) printJson({ data: rows });
    else if (context.has("jsonl")) for (const row of rows) printJsonLine(row);
    else printTable(rows, context.has("quiet"));
    return exitCodes.done;
  },
};

function printTable(rows: readonly JsonObject[], isQuiet: boolean): void {
  const width = terminalWidth();
  const now = width === undefined ? undefined : Date.now();
  if (rows.length > 0 || width === undefined)
    printText(formatTable({ heads, rows: rows.map((row) => cellsOf(row, now)), width, shrinking: heads.indexOf("KEY") }));
  if (!isQuiet && rows.length === 0) printHint("no breaker is open, and none has counted a call");
}

function cellsOf(row: JsonObject, now: number | undefined): readonly string[] {
  const since = row["openSince"];
  return [
    String(row["status"]),
    isObject(row["function"]) ? String(row["function"]["slug"]) : "",
    String(row["key"] ?? ""),
    `${String(row["failures"])} of ${String(row["calls"])}`,
    row["reason"] === "back_pressure" ? "the app asked for a pause" : row["reason"] === "failures" ? "calls failed" : "",
    typeof since !== "string" ? "" : now === undefined ? since : ago(since, now),
    String(row["probeAt"] ?? ""),
    String(row["id"]),
  ];
}
