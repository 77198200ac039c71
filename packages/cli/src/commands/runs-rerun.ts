import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printJson, printText } from "../print.ts";
import { readJson, usageError } from "../read-payload.ts";
import { waitForEnd } from "../wait-for-end.ts";

export const runsRerun: ClientCommand = {
  name: "runs rerun",
  args: "<id>",
  summary: "repeats a run: its function as it is now, with its events, in a new run",
  flags: [
    { name: "from", value: "step", help: "keeps the results of earlier steps and begins with this one: its id, or its name" },
    { name: "input", value: "json", help: "what that step is called with: a JSON list, @file, or @- for standard input" },
    { name: "override", value: "step=json", help: "what another step is taken to have returned; may be given several times", isList: true },
    { name: "run-again", value: "step", help: "an earlier step whose result is not kept; may be given several times", isList: true },
    { name: "name", value: "text", help: "as the new run shows it" },
    { name: "wait", help: "wait for its end (as long as --timeout says) and print its output; exit code 1 when it failed" },
  ],
  examples: ["stepwell runs rerun 01JD8ZK3Q4", `stepwell runs rerun 01JD8ZK3Q4 --from charge-card --input '["A-1009", 1]' --wait`],
  async run(context) {
    const [id] = context.args;
    if (id === undefined || context.args.length > 1) throw usageError("runs rerun needs one id", ["e.g. stepwell runs rerun 01JD8ZK3Q4"]);
    const path = `/api/v1/runs/${encodeURIComponent(id)}/rerun`;
    const { data } = await context.client.post(path, JSON.stringify(orderOf(context)));
    const runId = isObject(data) ? String(data["runId"]) : "";
    if (context.has("wait")) return waitForEnd(context, runId);
    if (context.has("json") || context.has("jsonl")) printJson(data);
    else printText(`✓ started ${runId}`);
    return exitCodes.done;
  },
};

function orderOf({ text, texts }: ClientContext): JsonObject {
  const [from, input, name] = [text("from"), text("input"), text("name")];
  const overrides = texts("override").map(overrideOf);
  const again = texts("run-again");
  if (from === undefined && (input !== undefined || overrides.length > 0 || again.length > 0))
    throw usageError("--input, --override and --run-again belong to --from <step>");
  return {
    ...(from === undefined ? {} : { fromStep: from }),
    ...(input === undefined ? {} : { input: listOf(input) }),
    ...(overrides.length === 0 ? {} : { overrides: Object.fromEntries(overrides) }),
    ...(again.length === 0 ? {} : { runAgain: again }),
    ...(name === undefined ? {} : { name }),
  };
}

function listOf(input: string): readonly unknown[] {
  const list = readJson(input, "the input");
  if (Array.isArray(list)) return list;
  throw usageError("the input is not a JSON list", [`e.g. --input '["A-1009", 1]': the arguments of the step, in their order`]);
}

/** `step=json`: steps may have `=` in their names, and JSON that begins with one is none. */
function overrideOf(text: string): readonly [step: string, result: { readonly output: unknown }] {
  const place = text.search(/=(?=[@"[{\d-]|true|false|null)/);
  if (place <= 0) throw usageError(`--override "${text}" is not <step>=<json>`, [`e.g. --override load-order='{"total":1}'`]);
  const step = text.slice(0, place);
  return [step, { output: readJson(text.slice(place + 1), `the result of ${step}`) }];
}
