import { isObject, type JsonObject } from "@stepwell/protocol";
import { type ClientFlags, readClientFlags } from "../client-flags.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { nearest } from "../nearest.ts";
import type { FlagSources } from "../read-flags.ts";
import { ago, formatTable, took } from "../table.ts";

const verbs: Readonly<Record<string, (sources: FlagSources) => Promise<number>>> = { list: listRuns, show: showRun, cancel: cancelRuns };

export async function runsCommand(sources: FlagSources): Promise<number> {
  const [verb = "list", ...args] = sources.args[0]?.startsWith("-") === true ? ["list", ...sources.args] : sources.args;
  const command = verbs[verb];
  if (command !== undefined) return command({ ...sources, args });
  const near = nearest(verb, Object.keys(verbs));
  throw new CommandError(
    exitCodes.usage,
    "usage",
    `there is no "runs ${verb}"${near === undefined ? "" : `; did you mean "runs ${near}"?`}`,
    [`There are: ${Object.keys(verbs).join(", ")}`],
  );
}

const marks: Readonly<Record<string, string>> = {
  completed: "✓",
  failed: "✕",
  cancelled: "⊘",
  running: "◔",
  waiting: "⧗",
  retrying: "↻",
  queued: "○",
  skipped: "–",
};

async function listRuns({ args, env }: FlagSources): Promise<number> {
  const flags = readClientFlags(
    args,
    {
      status: { type: "string", multiple: true },
      fn: { type: "string", multiple: true },
      app: { type: "string", multiple: true },
      limit: { type: "string" },
      after: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
    },
    env,
  );
  const query = new URLSearchParams();
  for (const name of ["status", "fn", "app", "limit", "after", "from", "to"])
    for (const value of [flags.values[name] ?? []].flat()) query.append(name, String(value));
  const body = await flags.client.get(`/api/v1/runs?${query}`);
  const rows = (Array.isArray(body["data"]) ? body["data"] : []).filter(isObject);
  if (flags.json) process.stdout.write(`${JSON.stringify({ data: rows, page: body["page"] })}\n`);
  else if (flags.jsonl) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  else process.stdout.write(`${listText(rows, body)}\n`);
  return exitCodes.done;
}

function listText(rows: readonly JsonObject[], body: JsonObject): string {
  const isTerminal = process.stdout.isTTY === true;
  if (rows.length === 0) return "no runs";
  const table = formatTable(["STATUS", "FUNCTION", "TRIGGER", "QUEUED", "TOOK", "ERROR", "ID"], rows.map(runRow), isTerminal);
  const page = isObject(body["page"]) ? body["page"] : {};
  return page["next"] === null || !isTerminal ? table : `${table}\n${rows.length} shown · next page: --after ${String(page["next"])}`;
}

function runRow(run: JsonObject): readonly string[] {
  const at = (name: string, field: string): string => (isObject(run[name]) ? String(run[name][field] ?? "") : "");
  const status = String(run["status"]);
  return [
    `${marks[status] ?? " "} ${status}`,
    at("function", "slug"),
    at("trigger", "name"),
    ago(run["queuedAt"]),
    took(run["durationMs"]),
    at("error", "name"),
    String(run["id"]),
  ];
}

async function showRun({ args, env }: FlagSources): Promise<number> {
  const flags = readClientFlags(args, {}, env);
  const id = oneId(flags, "show");
  const run = (await flags.client.get(`/api/v1/runs/${encodeURIComponent(id)}`))["data"];
  const trace = (await flags.client.get(`/api/v1/runs/${encodeURIComponent(id)}/trace`))["data"];
  if (!isObject(run) || !isObject(trace)) throw new CommandError(exitCodes.failed, "failed", "the server's answer is not a run");
  process.stdout.write(flags.json ? `${JSON.stringify({ ...run, trace })}\n` : `${runText(run, trace)}\n`);
  return exitCodes.done;
}

/** A summary, and a line for each step. */
export function runText(run: JsonObject, trace: JsonObject): string {
  const status = String(run["status"]);
  const name = isObject(run["function"]) ? String(run["function"]["slug"]) : "";
  const error = isObject(run["error"]) ? `\n  ${String(run["error"]["name"])}: ${String(run["error"]["message"])}` : "";
  const reason = isObject(run["statusReason"]) ? `  ${String(run["statusReason"]["text"])}` : "";
  const output = isObject(run["output"]) ? `\n  output  ${JSON.stringify(run["output"]["value"]).slice(0, 400)}` : "";
  const spans = (Array.isArray(trace["spans"]) ? trace["spans"] : []).filter(isObject).filter((span) => span["id"] !== "run");
  const steps = spans.map(
    (span) =>
      `  ${marks[String(span["status"])] ?? "⧗"} ${String(span["name"]).padEnd(32)} ${String(span["kind"]).padEnd(14)} ${spanTime(span)}${Number(span["attempts"]) > 1 ? `  ${Number(span["attempts"])} attempts` : ""}`,
  );
  return [
    `${marks[status] ?? ""} ${status}  ${name}  ${String(run["id"])}${reason}${error}`,
    `  queued  ${String(run["queuedAt"])}  took ${took(run["durationMs"])}${output}`,
    ...steps,
  ].join("\n");
}

function spanTime(span: JsonObject): string {
  if (typeof span["start"] === "number" && typeof span["end"] === "number") return took(span["end"] - span["start"]);
  return typeof span["until"] === "number" ? `until +${took(span["until"])}` : "–";
}

async function cancelRuns({ args, env }: FlagSources): Promise<number> {
  const flags = readClientFlags(args, { status: { type: "string", multiple: true }, yes: { type: "boolean", short: "y" } }, env);
  if (flags.positionals.length === 0)
    throw new CommandError(exitCodes.usage, "usage", "runs cancel needs the id of a run", ["Cancelling by a filter is not supported yet."]);
  for (const id of flags.positionals) {
    const answer = await flags.client.post(`/api/v1/runs/${encodeURIComponent(id)}/cancel`, "{}");
    process.stdout.write(
      flags.json ? `${JSON.stringify(answer["data"])}\n` : `⊘ cancelled ${isObject(answer["data"]) ? String(answer["data"]["id"]) : id}\n`,
    );
  }
  return exitCodes.done;
}

function oneId(flags: ClientFlags, verb: string): string {
  const [id] = flags.positionals;
  if (id === undefined || flags.positionals.length > 1)
    throw new CommandError(exitCodes.usage, "usage", `runs ${verb} needs one id`, [`e.g. stepwell runs ${verb} 01JD8ZK3Q4`]);
  return id;
}
