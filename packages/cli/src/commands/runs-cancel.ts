import { isObject } from "@stepwell/protocol";
import { cancelByFilter } from "../cancel-by-filter.ts";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { runFilterFlags } from "../run-filter.ts";

export const runsCancel: ClientCommand = {
  name: "runs cancel",
  args: "[id…]",
  summary: "ends runs that have not ended: by id, or those that a filter names",
  flags: [
    ...runFilterFlags,
    { name: "expr", short: "e", value: "cel", help: "whose event fulfils it, e.g. 'event.data.total > 100'" },
    { name: "all", help: "every run that has not ended" },
    { name: "reason", value: "text", help: "as the runs show it; by a filter only" },
    { name: "yes", short: "y", help: "answers the question before many are cancelled" },
    { name: "no-input", help: "asks nothing, not on a terminal either" },
  ],
  examples: ["stepwell runs cancel 01JD8ZK3Q4", "stepwell runs cancel --fn shop-fulfil-order --status waiting --yes"],
  run: (context) => (context.args.length === 0 ? cancelByFilter(context) : cancelByIds(context)),
};

async function cancelByIds(context: ClientContext): Promise<number> {
  const isJson = context.has("json") || context.has("jsonl");
  const ids = context.args;
  const cancelled: unknown[] = [];
  const refused: { readonly id: string; readonly error: CommandError }[] = [];
  for (const id of ids) {
    try {
      const { data } = await context.client.post(`/api/v1/runs/${encodeURIComponent(id)}/cancel`, "{}");
      cancelled.push(data);
      if (!isJson) printText(`⊘ cancelled ${isObject(data) ? String(data["id"]) : id}`);
    } catch (error) {
      // Alone, it is the command's own failure; and a server that is gone is gone for the others too.
      if (!(error instanceof CommandError) || ids.length === 1 || error.exitCode === exitCodes.unreachable) throw error;
      refused.push({ id, error });
      if (!isJson) printHint(`${id}: ${error.message}`);
    }
  }
  if (isJson) printJson({ data: cancelled, refused: refused.map(({ id, error: { code, message } }) => ({ id, code, message })) });
  const [first] = refused;
  if (first === undefined) return exitCodes.done;
  return cancelled.length > 0 ? exitCodes.partly : first.error.exitCode;
}
