import { isObject, type JsonObject, nearest } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printJson, printText } from "../print.ts";
import { readObject, readTime, usageError } from "../read-payload.ts";
import { waitForEnd } from "../wait-for-end.ts";

export const invoke: ClientCommand = {
  name: "invoke",
  args: "<function> [json]",
  summary: "starts one function, whatever its triggers are",
  flags: [
    { name: "data", value: "json", help: "its data: a JSON object, @file, or @- for standard input" },
    { name: "id", value: "id", help: "an id of yours: the same id twice is one run" },
    { name: "at", value: "time", help: "when it begins: ISO 8601, or +duration from now" },
    { name: "user", value: "json", help: "the user of its event, as --data" },
    { name: "wait", help: "wait for its end (as long as --timeout says) and print its output; exit code 1 when it failed" },
  ],
  examples: [`stepwell invoke shop-fulfil-order '{"orderId":"A-1"}'`, "stepwell invoke shop/fulfil-order --data @order.json --wait"],
  async run(context) {
    const slug = functionName(context);
    const path = `/api/v1/functions/${encodeURIComponent(slug)}/invoke`;
    const answer = await context.client.post(path, JSON.stringify(payloadOf(context, Date.now()))).catch(async (error: unknown) => {
      throw await withNearName(context, slug, error);
    });
    const data = isObject(answer["data"]) ? answer["data"] : {};
    const runId = String(data["runId"]);
    if (context.has("wait")) return waitForEnd(context, runId);
    if (context.has("json") || context.has("jsonl")) printJson(data);
    else printText(`${data["repeated"] === true ? "≡ has been started before:" : "✓ started"} ${runId}`);
    return exitCodes.done;
  },
};

function functionName({ args }: ClientContext): string {
  const [name] = args;
  if (name !== undefined && args.length <= 2) return name;
  throw usageError("invoke needs the name of a function, and its data as one argument at most", [
    `e.g. stepwell invoke shop-fulfil-order --data '{"orderId":"A-1"}'`,
  ]);
}

function payloadOf({ args: [, inline], text }: ClientContext, now: number): JsonObject {
  if (inline !== undefined && text("data") !== undefined) throw usageError("the data is given twice, as an argument and as --data");
  const [id, at, user] = [text("id"), text("at"), text("user")];
  return {
    data: readObject(inline ?? text("data") ?? "{}", "the data"),
    ...(id === undefined ? {} : { id }),
    ...(at === undefined ? {} : { at: new Date(readTime(at, now)).toISOString() }),
    ...(user === undefined ? {} : { user: readObject(user, "the user") }),
  };
}

/** A name that is nearly one of the server's was probably meant. */
async function withNearName({ client }: ClientContext, slug: string, error: unknown): Promise<unknown> {
  if (!(error instanceof CommandError) || error.code !== "function_not_found") return error;
  const { data } = await client.get("/api/v1/functions");
  const functions = (Array.isArray(data) ? data : []).filter(isObject);
  const names = new Map(functions.flatMap((each) => namesOf(each).map((name) => [name, String(each["slug"])] as const)));
  const near = names.get(nearest(slug, [...names.keys()]) ?? "");
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  return new CommandError(error.exitCode, error.code, `unknown function "${slug}"${meant}`, error.details);
}

/** As it may be typed; people leave the app out. */
function namesOf({ slug, appId }: JsonObject): readonly string[] {
  const local = String(slug).slice(String(appId).length + 1);
  return [String(slug), `${String(appId)}/${local}`, local];
}
