import { readFileSync } from "node:fs";
import { isObject, parseJson } from "@stepwell/protocol";
import { readClientFlags } from "../client-flags.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import type { FlagSources } from "../read-flags.ts";
import { formatTable } from "../table.ts";

export async function sendCommand({ args, env }: FlagSources): Promise<number> {
  const flags = readClientFlags(
    args,
    { data: { type: "string" }, id: { type: "string" }, at: { type: "string" }, user: { type: "string" }, "event-key": { type: "string" } },
    env,
  );
  const [name, inline] = flags.positionals;
  if (name === undefined)
    throw usage("send needs the name of an event", ['e.g. stepwell send shop/order.placed --data \'{"orderId":"A-1"}\'']);
  const text = (flag: string): string | undefined => (typeof flags.values[flag] === "string" ? flags.values[flag] : undefined);
  const event = {
    name,
    data: readObject(inline ?? text("data") ?? "{}", "the data"),
    ...(text("id") === undefined ? {} : { id: text("id") }),
    ...(text("at") === undefined ? {} : { ts: readTime(text("at") ?? "") }),
    ...(text("user") === undefined ? {} : { user: readObject(text("user") ?? "{}", "the user") }),
  };
  const key = text("event-key") ?? env["STEPWELL_EVENT_KEY"] ?? env["INNGEST_EVENT_KEY"] ?? "cli";
  const answer = await flags.client.post(`/e/${encodeURIComponent(key)}`, JSON.stringify(event));
  const [id] = Array.isArray(answer["ids"]) ? answer["ids"].map(String) : [];
  const detail = (await flags.client.get(`/api/v1/events/${id}`))["data"];
  process.stdout.write(flags.json ? `${JSON.stringify(detail)}\n` : `${describe(String(id), detail, flags.client.baseUrl)}\n`);
  return exitCodes.done;
}

function describe(id: string, detail: unknown, baseUrl: string): string {
  const event = isObject(detail) ? detail : {};
  const runs = (Array.isArray(event["runs"]) ? event["runs"] : [])
    .filter(isObject)
    .map((run) => [
      "  starts",
      isObject(run["function"]) ? String(run["function"]["slug"]) : "",
      `${baseUrl}/api/v1/runs/${String(run["id"])}`,
    ]);
  const others = (Array.isArray(event["outcomes"]) ? event["outcomes"] : [])
    .filter(isObject)
    .map((outcome) => [
      "  no",
      String(outcome["function"]),
      `${String(outcome["code"])}${outcome["detail"] === null ? "" : `: ${String(outcome["detail"])}`}`,
    ]);
  const rows = [...runs, ...others];
  if (rows.length === 0) return `✓ sent ${id}\n  no function is triggered by this name`;
  const [first = [], ...rest] = rows;
  return `✓ sent ${id}\n${formatTable(first, rest, process.stdout.isTTY === true)}`;
}

function readObject(text: string, what: string): unknown {
  const source = text === "@-" ? readFileSync(0, "utf8") : text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text;
  const value = parseJson(source);
  if (!isObject(value)) throw usage(`${what} is not a JSON object`, ['e.g. \'{"orderId":"A-1"}\', @file.json, or @- for standard input']);
  return value;
}

function readTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw usage(`"${text}" is no time`, ["e.g. 2026-12-24T18:00:00Z"]);
  return ms;
}

function usage(message: string, details: readonly string[]): CommandError {
  return new CommandError(exitCodes.usage, "usage", message, details);
}
