import { isObject, type JsonObject } from "@stepwell/protocol";
import type { ClientCommand, ClientContext } from "../client-command.ts";
import { CommandError, exitCodes } from "../exit-codes.ts";
import { printHint, printJson, printText } from "../print.ts";
import { usageError } from "../read-payload.ts";
import { eventWhyText, runWhyText } from "../why-text.ts";

export const why: ClientCommand = {
  name: "why",
  args: "<run|event>",
  summary:
    "says why a run does not move, or what became of an event; a beginning of the id will do (exit code 0 whatever the answer, 3 when there is neither, 2 when it fits several)",
  flags: [{ name: "event", help: "the id is an event's; without it a run and an event of one id mean the run" }],
  examples: ["stepwell why 01JD8ZK3Q4", "stepwell why 01JD8ZK3Q4W5E6R7T8Y9A0B1C2 --json"],
  async run(context) {
    const [id] = context.args;
    if (id === undefined || context.args.length > 1)
      throw usageError("why needs one id, of a run or an event", ["e.g. stepwell why 01JD8ZK3Q4"]);
    const found = await find(context, id);
    if (context.has("json") || context.has("jsonl")) printJson(found.data);
    else printText(found.kind === "run" ? runWhyText(found.data) : eventWhyText(found.data));
    return exitCodes.done;
  },
};

interface Found {
  readonly kind: "run" | "event";
  readonly data: JsonObject;
}

/** Ids of runs and events look the same, and those of one moment begin alike. */
async function find(context: ClientContext, id: string): Promise<Found> {
  if (context.has("event")) {
    const event = await ask(context, "event", id);
    if (event instanceof CommandError) throw event;
    return event;
  }
  const [run, event] = await Promise.all([ask(context, "run", id), ask(context, "event", id)]);
  if (!(run instanceof CommandError) && !(event instanceof CommandError)) return runOfBoth(context, id, run, event);
  const refused = [run, event].filter((answer) => answer instanceof CommandError);
  // More than one of a kind: whichever is meant, it is not said.
  const unclear = refused.find(({ exitCode }) => exitCode !== exitCodes.notFound);
  if (unclear !== undefined) throw unclear;
  if (!(run instanceof CommandError)) return run;
  if (!(event instanceof CommandError)) return event;
  throw new CommandError(exitCodes.notFound, "not_found", `neither a run nor an event has the id ${id}`, [
    "stepwell runs list shows the runs; what retention has taken is gone",
  ]);
}

/** The event that tells of a run's failure or cancellation has the id of the run: then the run is meant, unless it is said. */
function runOfBoth(context: ClientContext, id: string, run: Found, event: Found): Found {
  const [runId, eventId] = [String(run.data["runId"]), String(event.data["eventId"])];
  if (runId !== id.toUpperCase() || eventId !== runId)
    throw usageError(`"${id}" begins the id of a run and of an event`, [
      `run   ${runId}`,
      `event ${eventId}${runId === eventId ? "; give the whole id for the run, or --event" : ""}`,
    ]);
  if (!context.has("quiet")) printHint(`the event with the same id: stepwell why ${runId} --event`);
  return run;
}

async function ask({ client }: ClientContext, kind: Found["kind"], id: string): Promise<Found | CommandError> {
  try {
    const { data } = await client.get(`/api/v1/${kind}s/${encodeURIComponent(id)}/why`);
    return { kind, data: isObject(data) ? data : {} };
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
