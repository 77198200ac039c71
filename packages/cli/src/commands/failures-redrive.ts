import { isObject, type JsonObject } from "@stepwell/protocol";
import { askYes, canAsk } from "../ask-yes.ts";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { usageError } from "../read-payload.ts";
import { runFilter, runFilterFlags } from "../run-filter.ts";

const lookEveryMs = 200;
const lists: ReadonlySet<string> = new Set(["fn", "app", "failure"]);

export const failuresRedrive: ClientCommand = {
  name: "failures redrive",
  args: "[id…]",
  summary:
    "repeats runs that failed, each once: those of groups, one by its id, or those that a filter names; with no group named, runs of groups that are open",
  flags: [
    { name: "run", value: "id", help: "this run alone" },
    { name: "mode", value: "mode", help: "resume: go on where it failed (default); rerun: begin anew" },
    { name: "rate", value: "n", help: "runs started in a second (default: 20)" },
    ...runFilterFlags.filter(({ name }) => name !== "status"),
    { name: "expr", short: "e", value: "cel", help: "whose event fulfils it, e.g. 'event.data.total > 100'" },
    { name: "all", help: "every run that failed, of open groups" },
    { name: "name", value: "text", help: "as the operation shows it" },
    { name: "dry-run", help: "counts, and starts nothing" },
    { name: "yes", short: "y", help: "answers the question before many are started" },
    { name: "no-input", help: "asks nothing, not on a terminal either" },
  ],
  examples: [
    "stepwell failures redrive 9f2c51",
    "stepwell failures redrive --run 01JD8ZK3Q4 --mode rerun",
    "stepwell failures redrive --fn shop-fulfil-order --last 2h --rate 5 --yes",
  ],
  async run(context) {
    const run = context.text("run");
    if (run === undefined) return redriveMany(context);
    if (context.args.length > 0) throw usageError("--run names one run, and groups were named besides; give one of them");
    const mode = context.text("mode");
    const path = `/api/v1/runs/${encodeURIComponent(run)}/redrive`;
    const { data } = await context.client.post(path, JSON.stringify(mode === undefined ? {} : { mode }));
    if (isJson(context)) printJson(data);
    else printText(`✓ started ${isObject(data) ? String(data["runId"]) : ""}`);
    return exitCodes.done;
  },
};

/** The work is the server's: whoever presses Ctrl-C leaves it running. */
async function redriveMany(context: ClientContext): Promise<number> {
  const request = await orderOf(context);
  const isDry = context.has("dry-run");
  if (!isDry) refuseWithoutAnswer(context);
  const counted = dataOf(await context.client.post("/api/v1/operations", JSON.stringify({ ...request, dryRun: true })));
  if (isDry && isJson(context)) printJson({ data: counted });
  else if (!isJson(context)) tellCount(counted);
  if (isDry) return exitCodes.done;
  if (counted["eligible"] !== 0) await confirm(counted, context);
  let operation = dataOf(await context.client.post("/api/v1/operations", JSON.stringify(request)));
  const path = `/api/v1/operations/${String(operation["id"])}`;
  while (operation["state"] === "running") {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    operation = dataOf(await context.client.get(path));
  }
  const counts = isObject(operation["counts"]) ? operation["counts"] : {};
  if (isJson(context)) printJson({ data: operation });
  else printText(`✓ started ${String(counts["ok"])} ${counts["ok"] === 1 ? "run" : "runs"} (operation ${String(operation["id"])})`);
  return operation["state"] === "completed" ? exitCodes.done : exitCodes.partly;
}

async function orderOf(context: ClientContext): Promise<JsonObject> {
  const query = runFilter(context, Date.now());
  for (const id of context.args) query.append("failure", await fingerprintOf(context, id));
  const expression = context.text("expr");
  if (query.size === 0 && expression === undefined && !context.has("all"))
    throw usageError("failures redrive needs groups, --run or a filter", [
      "e.g. stepwell failures redrive 9f2c51, or --fn shop-fulfil-order --last 2h",
      "--all means every run that failed, of groups that are open",
    ]);
  const filter = Object.fromEntries(
    [...new Set(query.keys())].map((name) => [name, lists.has(name) ? query.getAll(name) : query.getAll(name).at(-1)]),
  );
  const [mode, rate, name] = [context.text("mode"), context.text("rate"), context.text("name")];
  return {
    kind: "replay",
    ...(name === undefined ? {} : { name }),
    selection: { all: context.has("all"), filter: { ...filter, ...(expression === undefined ? {} : { if: expression }) } },
    options: { ...(mode === undefined ? {} : { mode }), ...(rate === undefined ? {} : { ratePerSecond: Number(rate) }) },
  };
}

/** A beginning of it will do. */
async function fingerprintOf(context: ClientContext, id: string): Promise<string> {
  const group = dataOf(await context.client.get(`/api/v1/failures/${encodeURIComponent(id)}`));
  return String(group["fingerprint"]);
}

function refuseWithoutAnswer({ has }: ClientContext): void {
  if (has("yes") || (canAsk() && !has("no-input"))) return;
  throw usageError("failures redrive asks before it starts many, and nobody can be asked", [
    "Add --yes to start what matches, or --dry-run to count it. Nothing was started.",
  ]);
}

function tellCount(counted: JsonObject): void {
  const reasons = (Array.isArray(counted["ineligible"]) ? counted["ineligible"] : []).filter(isObject);
  const not = reasons.map(({ reason, count }) => `${String(count)} ${String(reason)}`);
  const least = counted["relation"] === "at_least" ? "at least " : "";
  printHint(
    `${least}${String(counted["matched"])} match · ${String(counted["eligible"])} can be redriven${not.length === 0 ? "" : ` · not: ${not.join(", ")}`}`,
  );
}

async function confirm(counted: JsonObject, { has }: ClientContext): Promise<void> {
  const count = String(counted["eligible"]);
  if (has("yes") || (await askYes(`Redrive ${count} ${counted["eligible"] === 1 ? "run" : "runs"}?`))) return;
  throw new CommandError(exitCodes.failed, "failed", "nothing was started");
}

function isJson({ has }: ClientContext): boolean {
  return has("json") || has("jsonl");
}

function dataOf(answer: JsonObject): JsonObject {
  return isObject(answer["data"]) ? answer["data"] : {};
}
