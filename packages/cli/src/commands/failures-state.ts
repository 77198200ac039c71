import { isObject } from "@stepwell/protocol";
import type { ClientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { failurePath } from "../failure-path.ts";
import { printJson, printText } from "../print.ts";

function stateCommand(verb: string, state: string, summary: string): ClientCommand {
  const name = `failures ${verb}`;
  return {
    name,
    args: "<id>",
    summary,
    flags: [],
    examples: [`stepwell ${name} 9f2c51`],
    async run(context) {
      const { data } = await context.client.patch(failurePath(context, name), JSON.stringify({ state }));
      if (context.has("json") || context.has("jsonl")) printJson(data);
      else printText(`✓ ${state} ${isObject(data) ? String(data["fingerprint"]) : ""}`);
      return exitCodes.done;
    },
  };
}

export const failuresResolve = stateCommand("resolve", "resolved", "says that a group is dealt with; it opens again when it fails again");
export const failuresIgnore = stateCommand("ignore", "ignored", "says that a group is of no interest, also when it fails again");
export const failuresOpen = stateCommand("open", "open", "takes back that a group was resolved or ignored");
