import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientContext, ClientFlag } from "./client-command.ts";
import { convertFlag } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

/** Which runs a command is about. */
export const runFilterFlags: readonly ClientFlag[] = [
  {
    name: "status",
    value: "status",
    isList: true,
    help: "queued, running, waiting, retrying, completed, failed, cancelled, skipped, or live",
  },
  { name: "fn", value: "function", isList: true, help: "slug of a function" },
  { name: "app", value: "app", isList: true, help: "name of an app" },
  { name: "event", value: "id", help: "started by this event" },
  { name: "event-name", value: "name", help: "started by events of this name" },
  { name: "failure", value: "fingerprint", isList: true, help: "that failed in this way: stepwell failures list" },
  { name: "last", value: "duration", help: "queued in the last 24h, 15m, …" },
  { name: "from", value: "time", help: "queued at or after, ISO 8601" },
  { name: "to", value: "time", help: "queued before, ISO 8601" },
];

const parameterOf: Readonly<Record<string, string>> = { "event-name": "eventName" };

/** The query that the flags stand for. */
export function runFilter({ texts, text }: ClientContext, now: number): URLSearchParams {
  const query = new URLSearchParams();
  for (const { name } of runFilterFlags)
    if (name !== "last") for (const value of texts(name)) query.append(parameterOf[name] ?? name, value);
  const last = text("last");
  if (last === undefined) return query;
  if (query.has("from")) throw new CommandError(exitCodes.usage, "usage", "--last and --from both say where to begin; give one of them");
  const lastMs = Number(convertFlag({ name: "last", type: "duration", help: "" }, last, "--last"));
  query.set("from", new Date(now - lastMs).toISOString());
  return query;
}

export interface RunPage {
  readonly rows: readonly JsonObject[];
  /** As the server gave it: cursors and the total. */
  readonly page: JsonObject;
}

/** Pages of runs, newest first, until there are no more. */
export async function* runPages(context: ClientContext, query: URLSearchParams): AsyncGenerator<RunPage> {
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const asked = new URLSearchParams(query);
    if (after !== undefined) asked.set("after", after);
    const body = await context.client.get(`/api/v1/runs?${asked}`);
    const page = isObject(body["page"]) ? body["page"] : {};
    yield { rows: (Array.isArray(body["data"]) ? body["data"] : []).filter(isObject), page };
    after = typeof page["next"] === "string" ? page["next"] : undefined;
  }
}
