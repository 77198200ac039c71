import { formatDuration, limits } from "@stepwell/protocol";
import type { KeyView } from "@stepwell/server";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { convertFlag } from "../convert-flag.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { type KeyStore, keyStoreFlags, type RotatedKey, withKeyStore } from "../key-store.ts";
import { printHint, printJson, printText } from "../print.ts";

const overlapDefault = "24h";

export const keysRotate: ClientCommand = {
  name: "keys rotate",
  args: "signing|<id>",
  summary: "replaces a key by a new one, printed once; both are taken until the overlap is over, then the old one is refused",
  flags: [
    ...keyStoreFlags,
    { name: "overlap", value: "duration", help: `how long the old key is taken beside the new one (default: ${overlapDefault})` },
    { name: "now", help: "no overlap; of a key that was replaced already it ends what is left of it" },
  ],
  examples: ["stepwell keys rotate signing --overlap 24h", "stepwell keys rotate signing --now"],
  async run(context) {
    const [name] = context.args;
    if (name === undefined || context.args.length > 1)
      throw new CommandError(exitCodes.usage, "usage", "keys rotate needs signing, or the id of a key", ["stepwell keys list shows them"]);
    const overlapMs = overlapOf(context);
    await withKeyStore(context, async (keys) => {
      const key = keyNamed(name, await keys.list());
      if (key.endsAt === null) tellRotated(context, await keys.rotate({ id: key.id, overlapMs }), keys.place);
      else await endOverlap(context, keys, key);
    });
    return exitCodes.done;
  },
};

function overlapOf(context: ClientContext): number {
  const text = context.text("overlap");
  if (context.has("now") && text !== undefined)
    throw new CommandError(exitCodes.usage, "usage", "--now means no overlap; leave --overlap or --now away");
  if (context.has("now")) return 0;
  const ms = Number(convertFlag({ name: "overlap", type: "duration", help: "" }, text ?? overlapDefault, "--overlap"));
  if (ms <= limits.keyOverlapMsMax) return ms;
  throw new CommandError(exitCodes.usage, "usage", `--overlap is at most ${formatDuration(limits.keyOverlapMsMax)} (keyOverlapMsMax)`);
}

/** By the word `signing` the key that signs, whether it was replaced already or not. */
function keyNamed(name: string, keys: readonly KeyView[]): KeyView {
  const [found, ...others] = keys.filter(({ id, state }) => (name === "signing" ? state === "signs" : id.startsWith(name)));
  if (found !== undefined && others.length === 0) return found;
  const what =
    name === "signing"
      ? "no key signs"
      : `${others.length > 0 ? "several keys have ids that begin" : "no key has an id that begins"} with "${name}"`;
  throw new CommandError(exitCodes.notFound, "key_not_found", what, ["stepwell keys list shows what there is"]);
}

/** Who still has the old key is told before it ends, and instead of ending it. */
async function endOverlap(context: ClientContext, keys: KeyStore, key: KeyView): Promise<void> {
  const apps = await keys.appsWith(key.id);
  const still = apps.length === 0 ? "no app was seen to have it still" : `apps that still have it: ${apps.join(", ")}`;
  if (!context.has("now"))
    throw new CommandError(
      exitCodes.conflict,
      "key_replaced",
      `the ${key.kind} key …${key.endsIn} (${key.id}) was replaced, and ends at ${key.endsAt}`,
      [still, "It ends by itself then; --now ends it now."],
    );
  const revoked = await keys.revoke(key.id);
  if (context.has("json") || context.has("jsonl")) printJson({ ...revoked, apps });
  else printText(`⊘ ended the ${key.kind} key …${key.endsIn} (${key.id})`);
  if (!context.has("quiet")) printHint(still);
}

function tellRotated(context: ClientContext, rotated: RotatedKey, place: string): void {
  const isJson = context.has("json") || context.has("jsonl");
  if (isJson) printJson(rotated);
  else printText(rotated.key);
  if (isJson || context.has("quiet")) return;
  const { kind, id, replaced } = rotated;
  const old = `the old one, …${replaced.endsIn} (${replaced.id}),`;
  const variable = `INNGEST_${kind.toUpperCase()}_KEY`;
  const steps =
    replaced.endsAt === null
      ? [`${old} is refused from now on: give the apps this one as ${variable} at once`]
      : kind === "event"
        ? [`${old} is taken until ${replaced.endsAt}: give the senders this one as ${variable} before`]
        : [
            `${old} signs until ${replaced.endsAt}, and then this one does. Before that:`,
            `  give the apps this one as ${variable}, and the old one as ${variable}_FALLBACK`,
            "  stepwell keys rotate signing says which apps still have the old one; with --now it ends it earlier",
          ];
  printHint([`the ${kind} key ${id} is kept at ${place}; it is shown this once`, ...steps].join("\n"));
}
