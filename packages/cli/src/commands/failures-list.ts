import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printJsonLine, printText, terminalWidth } from "../print.ts";
import { formatTable } from "../table.ts";
import { ago } from "../time-text.ts";

const heads = ["STATE", "RUNS", "FUNCTION", "STEP", "FIRST", "LAST", "ERROR", "ID"];

export const failuresList: ClientCommand = {
  name: "failures list",
  args: "",
  summary: "shows runs that failed, grouped by what went wrong, by the last failure of each group",
  flags: [
    { name: "state", value: "state", isList: true, help: "open, resolved or ignored (default: open)" },
    { name: "fn", value: "function", isList: true, help: "slug of a function" },
    { name: "app", value: "app", isList: true, help: "name of an app" },
    { name: "from", value: "time", help: "failed last at or after, ISO 8601" },
    { name: "to", value: "time", help: "failed last before, ISO 8601" },
    { name: "limit", value: "n", help: "at most so many, 1 to 200 (default: 50)" },
    { name: "after", value: "cursor", help: "the page behind this cursor" },
    { name: "all", help: "in every state" },
  ],
  examples: ["stepwell failures list", "stepwell failures list --fn shop-fulfil-order --all --json"],
  async run(context) {
    const query = new URLSearchParams();
    for (const name of ["state", "fn", "app", "from", "to", "limit", "after"])
      for (const value of context.texts(name)) query.append(name, value);
    if (!query.has("state") && !context.has("all")) query.set("state", "open");
    const body = await context.client.get(`/api/v1/failures?${query}`);
    const rows = (Array.isArray(body["data"]) ? body["data"] : []).filter(isObject);
    if (context.has("json")) printJson(body);
    else if (context.has("jsonl")) for (const row of rows) printJsonLine(row);
    else printTable(rows, body, context);
    return exitCodes.done;
  },
};

function printTable(rows: readonly JsonObject[], { counts, page }: JsonObject, context: ClientContext): void {
  const width = terminalWidth();
  const now = width === undefined ? undefined : Date.now();
  if (rows.length > 0 || width === undefined)
    printText(formatTable({ heads, rows: rows.map((row) => cellsOf(row, now)), width, shrinking: heads.indexOf("ERROR") }));
  if (context.has("quiet")) return;
  const next = isObject(page) && typeof page["next"] === "string" ? ` · next page: --after ${page["next"]}` : "";
  const all = isObject(counts) ? Object.entries(counts).map(([state, count]) => `${String(count)} ${state}`) : [];
  printHint(`${rows.length === 0 ? "no groups" : `${rows.length} groups`} · in all ${all.join(", ")}${next}`);
}

/** Times are relative for people (`now` is given) and ISO for programs. */
function cellsOf(group: JsonObject, now: number | undefined): readonly string[] {
  const part = (name: string, field: string): string => (isObject(group[name]) ? String(group[name][field] ?? "") : "");
  const time = (name: string): string => (now === undefined ? String(group[name]) : ago(group[name], now));
  const error = `${String(group["name"])}: ${String(group["template"])}`;
  const state = String(group["state"]);
  const step = String(group["stepName"] ?? "");
  return [
    state,
    part("runs", "total"),
    part("function", "slug"),
    step,
    time("firstAt"),
    time("lastAt"),
    error,
    String(group["fingerprint"]),
  ];
}
