import { isObject, type JsonObject } from "@stepwell/protocol";
import { refusePlainHttp } from "../api-client.ts";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText, terminalWidth } from "../print.ts";
import { readObject, readTime, usageError } from "../read-payload.ts";
import { formatTable } from "../table.ts";

export const send: ClientCommand = {
  name: "send",
  args: "<event> [json]",
  summary: "sends an event, and says what it starts",
  flags: [
    { name: "data", value: "json", help: "its data: a JSON object, @file, or @- for standard input" },
    { name: "id", value: "id", help: "an id of yours: the same id twice is one event" },
    { name: "at", value: "time", help: "when it happens: ISO 8601, or +duration from now" },
    { name: "user", value: "json", help: "its user, as --data" },
    { name: "event-key", value: "key", help: "of a production server (STEPWELL_EVENT_KEY, else INNGEST_EVENT_KEY)" },
  ],
  examples: [
    `stepwell send shop/order.placed --data '{"orderId":"A-1"}'`,
    "stepwell send shop/order.placed --data @order.json --at +10m --json",
  ],
  async run(context) {
    const { client } = context;
    const body = JSON.stringify(eventOf(context, Date.now()));
    const answer = await client.post(`/e/${encodeURIComponent(eventKey(context))}`, body);
    const [id] = Array.isArray(answer["ids"]) ? answer["ids"].map(String) : [];
    if (id === undefined) throw new CommandError(exitCodes.failed, "failed", "the server took the event and gave no id");
    const detail = await detailOf(id, context);
    if (context.has("json") || context.has("jsonl")) printJson(detail ?? { id });
    else printText(detail === undefined ? `✓ sent ${id}` : sentText(id, detail, client.baseUrl));
    return exitCodes.done;
  },
};

function eventOf({ args, text }: ClientContext, now: number): JsonObject {
  const [name, inline] = args;
  if (name === undefined || args.length > 2)
    throw usageError("send needs the name of an event, and its data as one argument at most", [
      `e.g. stepwell send shop/order.placed --data '{"orderId":"A-1"}'`,
    ]);
  if (inline !== undefined && text("data") !== undefined) throw usageError("the data is given twice, as an argument and as --data");
  const [id, at, user] = [text("id"), text("at"), text("user")];
  return {
    name,
    data: readObject(inline ?? text("data") ?? "{}", "the data"),
    ...(id === undefined ? {} : { id }),
    ...(at === undefined ? {} : { ts: readTime(at, now) }),
    ...(user === undefined ? {} : { user: readObject(user, "the user") }),
  };
}

/** Any key will do for a dev server, so without one a word stands in its place. */
function eventKey({ text, env, client, has }: ClientContext): string {
  const key = text("event-key") ?? env["STEPWELL_EVENT_KEY"] ?? env["INNGEST_EVENT_KEY"];
  if (key === undefined || key === "") return "cli";
  if (!has("insecure")) refusePlainHttp(new URL(client.baseUrl));
  return key.split(",")[0] ?? key;
}

/** The event is sent by now: that its consequences cannot be read, for want of another key, is no failure. */
async function detailOf(id: string, { client, has }: ClientContext): Promise<JsonObject | undefined> {
  try {
    const { data } = await client.get(`/api/v1/events/${id}`);
    return isObject(data) ? data : undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (!has("quiet")) printHint(`what it starts cannot be shown: ${error.message}${error.details.map((line) => `\n  ${line}`).join("")}`);
    return undefined;
  }
}

function sentText(id: string, event: JsonObject, baseUrl: string): string {
  const objects = (name: string): readonly JsonObject[] => (Array.isArray(event[name]) ? event[name] : []).filter(isObject);
  const started = objects("runs").map((run) => [
    "  starts",
    isObject(run["function"]) ? String(run["function"]["slug"]) : "",
    `${baseUrl}/api/v1/runs/${String(run["id"])}`,
  ]);
  const others = objects("outcomes").map((outcome) => [
    outcome["code"] === "batched" || outcome["code"] === "debounced" ? "  later" : "  no",
    String(outcome["function"]),
    reasonOf(outcome),
  ]);
  const [first, ...rest] = [...started, ...others];
  if (first === undefined) return `✓ sent ${id}\n  no function is triggered by this name`;
  return `✓ sent ${id}\n${formatTable({ heads: first, rows: rest, width: terminalWidth() })}`;
}

/** Of a condition that is false the condition says it all. */
function reasonOf({ code, detail }: JsonObject): string {
  if (typeof detail !== "string") return String(code);
  return code === "not_matched" ? detail : `${String(code)}: ${detail}`;
}
