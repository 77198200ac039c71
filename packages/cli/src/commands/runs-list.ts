import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printJsonLine, printText, terminalWidth } from "../print.ts";
import { type RunPage, runFilter, runFilterFlags, runPages } from "../run-filter.ts";
import { statusMark } from "../status-mark.ts";
import { formatTable } from "../table.ts";
import { ago, took } from "../time-text.ts";

const heads = ["STATUS", "FUNCTION", "TRIGGER", "QUEUED", "TOOK", "ERROR", "ID"];
const errorColumn = heads.indexOf("ERROR");

export const runsList: ClientCommand = {
  name: "runs list",
  args: "",
  summary: "shows runs, newest first",
  flags: [
    ...runFilterFlags,
    { name: "limit", value: "n", help: "at most so many, 1 to 200 (default: 50)" },
    { name: "after", value: "cursor", help: "the page behind this cursor" },
    { name: "all", help: "every page" },
  ],
  examples: ["stepwell runs list --status failed --last 24h", "stepwell runs list --fn shop-fulfil-order --json"],
  async run(context) {
    const query = runFilter(context, Date.now());
    for (const name of ["limit", "after"]) for (const value of context.texts(name)) query.set(name, value);
    if (context.has("all") && !query.has("limit")) query.set("limit", "200");
    if (context.has("jsonl")) return printLines(context, query);
    const pages: RunPage[] = [];
    for await (const page of runPages(context, query)) {
      pages.push(page);
      if (!context.has("all")) break;
    }
    const rows = pages.flatMap((page) => page.rows);
    const page = pages.at(-1)?.page ?? {};
    if (context.has("json")) printJson({ data: rows, page });
    else printTable(rows, page, context);
    return exitCodes.done;
  },
};

async function printLines(context: ClientContext, query: URLSearchParams): Promise<number> {
  for await (const { rows } of runPages(context, query)) {
    for (const row of rows) printJsonLine(row);
    if (!context.has("all")) break;
  }
  return exitCodes.done;
}

function printTable(rows: readonly JsonObject[], page: JsonObject, context: ClientContext): void {
  const width = terminalWidth();
  const now = Date.now();
  if (rows.length > 0 || width === undefined)
    printText(
      formatTable({ heads, rows: rows.map((run) => cellsOf(run, width === undefined ? undefined : now)), width, shrinking: errorColumn }),
    );
  if (context.has("quiet")) return;
  if (rows.length === 0) printHint("no runs");
  else if (typeof page["next"] === "string")
    printHint(`${rows.length} of ${totalOf(page)} · next page: --after ${page["next"]} · all: --all`);
}

function totalOf(page: JsonObject): string {
  const total = isObject(page["total"]) ? page["total"] : {};
  return `${total["relation"] === "at_least" ? "more than " : ""}${String(total["value"] ?? "more")}`;
}

/** Times are relative for people (`now` is given) and ISO for programs. */
function cellsOf(run: JsonObject, now: number | undefined): readonly string[] {
  const part = (name: string, field: string): string => (isObject(run[name]) ? String(run[name][field] ?? "") : "");
  const status = String(run["status"]);
  return [
    now === undefined ? status : `${statusMark(status)} ${status}`,
    part("function", "slug"),
    part("trigger", "name"),
    now === undefined ? String(run["queuedAt"]) : ago(run["queuedAt"], now),
    now === undefined ? String(run["durationMs"] ?? "") : took(run["durationMs"]),
    isObject(run["error"]) ? `${part("error", "name")}: ${part("error", "message")}` : "",
    String(run["id"]),
  ];
}
