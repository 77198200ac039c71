import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { keyStoreFlags, type NewKey, withKeyStore } from "../key-store.ts";
import { printHint, printJson, printText } from "../print.ts";

type Kind = "event" | "signing";

export const keysCreate: ClientCommand = {
  name: "keys create",
  args: "event|signing",
  summary: "makes a key and prints it, once, alone on stdout",
  flags: [
    ...keyStoreFlags,
    { name: "name", value: "text", help: "what it is for, so that people know later" },
    { name: "print", help: "only make and print it; it is kept nowhere, and no server is asked" },
  ],
  examples: ["stepwell keys create event --name checkout", "stepwell keys create signing --print > signing-key.txt"],
  async run(context) {
    const kind = kindOf(context);
    const isJson = context.has("json") || context.has("jsonl");
    if (context.has("print")) {
      const { makeKey } = await import("@stepwell/server");
      const key = makeKey(kind);
      if (isJson) printJson({ kind, key });
      else printText(key);
      if (!isJson && !context.has("quiet"))
        printHint(`kept nowhere: give it to the server as --${kind}-key or STEPWELL_${kind.toUpperCase()}_KEY, and to the apps`);
      return exitCodes.done;
    }
    const { place, made } = await withKeyStore(context, async (keys) => ({
      place: keys.place,
      made: await keys.create({ kind, name: context.text("name") }),
    }));
    if (isJson) printJson(made);
    else printText(made.key);
    if (!isJson && !context.has("quiet")) printHint(explained(made, place));
    return exitCodes.done;
  },
};

function kindOf({ args }: ClientContext): Kind {
  const [kind] = args;
  if (args.length === 1 && (kind === "event" || kind === "signing")) return kind;
  throw new CommandError(exitCodes.usage, "usage", "keys create needs the kind of key: event or signing", [
    "e.g. stepwell keys create event --name checkout",
  ]);
}

function explained({ id, kind, state }: NewKey, place: string): string {
  const kept = `the ${kind} key ${id} is kept at ${place}; it is shown this once`;
  if (kind === "event" || state === "signs") return `${kept}\nGive it to the apps as INNGEST_${kind.toUpperCase()}_KEY.`;
  return [
    kept,
    "It verifies from now on; the server signs with the older one until that is revoked. To change over:",
    "  1. give the apps this one as INNGEST_SIGNING_KEY, and the old one as INNGEST_SIGNING_KEY_FALLBACK",
    "  2. stepwell keys revoke <id of the old one>",
  ].join("\n");
}
