import { isObject } from "@stepwell/protocol";
import { askYes, canAsk } from "../ask-yes.ts";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { runFilter, runFilterFlags, runPages } from "../run-filter.ts";

export const runsCancel: ClientCommand = {
  name: "runs cancel",
  args: "[id…]",
  summary: "ends runs that have not ended: by id, or those that a filter names",
  flags: [
    ...runFilterFlags,
    { name: "all", help: "every run that has not ended" },
    { name: "yes", short: "y", help: "answers the question before many are cancelled" },
    { name: "no-input", help: "asks nothing, not on a terminal either" },
  ],
  examples: ["stepwell runs cancel 01JD8ZK3Q4", "stepwell runs cancel --fn shop-fulfil-order --status waiting --yes"],
  async run(context) {
    const isByFilter = context.args.length === 0;
    const ids = isByFilter ? await matchingIds(context) : context.args;
    if (isByFilter && ids.length > 0) await confirm(ids.length, context);
    const cancelled: unknown[] = [];
    const refused: { readonly id: string; readonly error: CommandError }[] = [];
    for (const id of ids) {
      try {
        const { data } = await context.client.post(`/api/v1/runs/${encodeURIComponent(id)}/cancel`, "{}");
        cancelled.push(data);
        if (!isJson(context)) printText(`⊘ cancelled ${isObject(data) ? String(data["id"]) : id}`);
      } catch (error) {
        // Alone, it is the command's own failure; and a server that is gone is gone for the others too.
        if (!(error instanceof CommandError) || ids.length === 1 || error.exitCode === exitCodes.unreachable) throw error;
        refused.push({ id, error });
        if (!isJson(context)) printHint(`${id}: ${error.message}`);
      }
    }
    if (isJson(context))
      printJson({ data: cancelled, refused: refused.map(({ id, error: { code, message } }) => ({ id, code, message })) });
    else if (ids.length === 0) printHint("no run matches");
    const [first] = refused;
    if (first === undefined) return exitCodes.done;
    return cancelled.length > 0 ? exitCodes.partly : first.error.exitCode;
  },
};

function isJson({ has }: ClientContext): boolean {
  return has("json") || has("jsonl");
}

/** Ended runs among them are left out: there is nothing to cancel. */
async function matchingIds(context: ClientContext): Promise<readonly string[]> {
  const query = runFilter(context, Date.now());
  if (query.size === 0 && !context.has("all"))
    throw new CommandError(exitCodes.usage, "usage", "runs cancel needs ids or a filter", [
      "e.g. stepwell runs cancel 01JD8ZK3Q4, or --fn shop-fulfil-order --status waiting",
      "--all means every run that has not ended",
    ]);
  refuseWithoutAnswer(context);
  if (!query.has("status")) query.set("status", "live");
  query.set("limit", "200");
  const ids: string[] = [];
  for await (const { rows } of runPages(context, query)) for (const run of rows) if (run["endedAt"] === null) ids.push(String(run["id"]));
  return ids;
}

/** Said before anything is looked up, so that a script fails the same way whether or not a run matches. */
function refuseWithoutAnswer({ has }: ClientContext): void {
  if (has("yes") || (canAsk() && !has("no-input"))) return;
  throw new CommandError(exitCodes.usage, "usage", "runs cancel by a filter asks first, and nobody can be asked", [
    "Add --yes to cancel what matches. Nothing was cancelled.",
  ]);
}

async function confirm(count: number, { has }: ClientContext): Promise<void> {
  if (has("yes") || (await askYes(`Cancel ${count} ${count === 1 ? "run" : "runs"}?`))) return;
  throw new CommandError(exitCodes.failed, "failed", "nothing was cancelled");
}
