import type { ClientCommand } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { keyStoreFlags, withKeyStore } from "../key-store.ts";
import { printHint, printJson, printText } from "../print.ts";

export const keysPassword: ClientCommand = {
  name: "keys password",
  args: "",
  summary: "makes another password for the people who look after the server, and prints it, once, alone on stdout",
  flags: keyStoreFlags,
  examples: ["stepwell keys password", "stepwell keys password --db /var/lib/stepwell/main.db"],
  async run(context) {
    if (context.args.length > 0)
      throw new CommandError(
        exitCodes.usage,
        "usage",
        "keys password takes no argument: the password is made, so that nobody chooses a weak one",
      );
    const { password, place } = await withKeyStore(context, async (keys) => ({
      password: await keys.replacePassword(),
      place: keys.place,
    }));
    if (context.has("json") || context.has("jsonl")) printJson({ password });
    else printText(password);
    if (!context.has("json") && !context.has("jsonl") && !context.has("quiet"))
      printHint(`its hash is kept at ${place}; whoever was signed in is signed out`);
    return exitCodes.done;
  },
};
