import type { KeyView } from "@stepwell/server";
import type { ClientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { keyStoreFlags, withKeyStore } from "../key-store.ts";
import { printHint, printJson, printJsonLine, printText, terminalWidth } from "../print.ts";
import { formatTable } from "../table.ts";
import { ago } from "../time-text.ts";

const heads = ["ID", "KIND", "ENDS IN", "STATE", "KEPT IN", "MADE", "NAME"];

export const keysList: ClientCommand = {
  name: "keys list",
  args: "",
  summary: "shows which keys a server knows, by their last characters; never a whole key",
  flags: keyStoreFlags,
  examples: ["stepwell keys list", "stepwell keys list --db /var/lib/stepwell/main.db --json"],
  async run(context) {
    const rows = await withKeyStore(context, (keys) => keys.list());
    if (context.has("json")) printJson({ data: rows });
    else if (context.has("jsonl")) for (const row of rows) printJsonLine(row);
    else printTable(rows, context.has("quiet"));
    return exitCodes.done;
  },
};

function printTable(rows: readonly KeyView[], isQuiet: boolean): void {
  const width = terminalWidth();
  const now = width === undefined ? undefined : Date.now();
  if (rows.length > 0 || width === undefined)
    printText(formatTable({ heads, rows: rows.map((row) => cellsOf(row, now)), width, shrinking: heads.indexOf("NAME") }));
  if (!isQuiet && rows.length === 0) printHint("no keys: every event key passes, and nothing is signed");
}

function cellsOf(
  { id, kind, endsIn, state, source, createdAt, revokedAt, endsAt, name }: KeyView,
  now: number | undefined,
): readonly string[] {
  const time = (at: string | null): string => (at === null ? "" : now === undefined ? at : ago(at, now));
  const stateText = revokedAt !== null ? `${state} ${time(revokedAt)}` : endsAt === null ? state : `${state}, ends ${endsAt}`;
  return [id, kind, `…${endsIn}`, stateText, source === "store" ? "database" : "settings", time(createdAt), name ?? ""];
}
