import { isObject, type JsonObject } from "@stepwell/protocol";
import { askYes, canAsk } from "./ask-yes.ts";
import type { ClientContext } from "./client-command.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import { printHint, printJson, printText } from "./print.ts";
import { usageError } from "./read-payload.ts";
import { runFilter } from "./run-filter.ts";

const lookEveryMs = 200;

/**
 * Counts the runs that the flags mean, asks, and has the server cancel them. The work is the server's: whoever presses Ctrl-C
 * leaves it running.
 */
export async function cancelByFilter(context: ClientContext): Promise<number> {
  const { client, text, has } = context;
  const selection = selectionOf(context);
  refuseWithoutAnswer(context);
  const reason = text("reason") === undefined ? {} : { reason: text("reason") };
  const request = { kind: "cancel", selection, ...reason };
  const counted = dataOf(await client.post("/api/v1/operations", JSON.stringify({ ...request, dryRun: true })));
  const matched = Number(counted["matched"]);
  if (matched > 0) await confirm(`${counted["relation"] === "at_least" ? "at least " : ""}${matched}`, matched, context);
  let operation = dataOf(await client.post("/api/v1/operations", JSON.stringify(request)));
  const path = `/api/v1/operations/${String(operation["id"])}`;
  while (operation["state"] === "running") {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    operation = dataOf(await client.get(path));
  }
  const counts = isObject(operation["counts"]) ? operation["counts"] : {};
  if (has("json") || has("jsonl")) printJson({ data: operation });
  else if (counts["ok"] === 0) printHint("no run matches");
  else printText(`⊘ cancelled ${String(counts["ok"])} ${counts["ok"] === 1 ? "run" : "runs"}`);
  return operation["state"] === "completed" ? exitCodes.done : exitCodes.partly;
}

const lists: ReadonlySet<string> = new Set(["status", "fn", "app", "failure"]);

function selectionOf(context: ClientContext): JsonObject {
  const query = runFilter(context, Date.now());
  const expression = context.text("expr");
  if (query.size === 0 && expression === undefined && !context.has("all"))
    throw usageError("runs cancel needs ids or a filter", [
      "e.g. stepwell runs cancel 01JD8ZK3Q4, or --fn shop-fulfil-order --status waiting",
      "--all means every run that has not ended",
    ]);
  const filter = Object.fromEntries(
    [...new Set(query.keys())].map((name) => [name, lists.has(name) ? query.getAll(name) : query.getAll(name).at(-1)]),
  );
  return { all: context.has("all"), filter: { ...filter, ...(expression === undefined ? {} : { if: expression }) } };
}

/** Said before anything is looked up, so that a script fails the same way whether or not a run matches. */
function refuseWithoutAnswer({ has }: ClientContext): void {
  if (has("yes") || (canAsk() && !has("no-input"))) return;
  throw usageError("runs cancel by a filter asks first, and nobody can be asked", [
    "Add --yes to cancel what matches. Nothing was cancelled.",
  ]);
}

async function confirm(count: string, matched: number, { has }: ClientContext): Promise<void> {
  if (has("yes") || (await askYes(`Cancel ${count} ${matched === 1 ? "run" : "runs"}?`))) return;
  throw new CommandError(exitCodes.failed, "failed", "nothing was cancelled");
}

function dataOf(answer: JsonObject): JsonObject {
  return isObject(answer["data"]) ? answer["data"] : {};
}
