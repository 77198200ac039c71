import type { ClientCommand } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { keyStoreFlags, withKeyStore } from "../key-store.ts";
import { printJson, printText } from "../print.ts";

export const keysRevoke: ClientCommand = {
  name: "keys revoke",
  args: "<id>",
  summary: "ends a key for good: it is refused from now on; a beginning of its id will do",
  flags: keyStoreFlags,
  examples: ["stepwell keys revoke 3f9c2a71de", "stepwell keys revoke 3f9c --db /var/lib/stepwell/main.db"],
  async run(context) {
    const [id] = context.args;
    if (id === undefined || context.args.length > 1)
      throw new CommandError(exitCodes.usage, "usage", "keys revoke needs one id", ["stepwell keys list shows them"]);
    const key = await withKeyStore(context, (keys) => keys.revoke(id));
    if (context.has("json") || context.has("jsonl")) printJson(key);
    else printText(`⊘ revoked the ${key.kind} key …${key.endsIn} (${key.id})`);
    return exitCodes.done;
  },
};
