import { asJson, isEnded } from "@stepwell/protocol";
import type { RunReport, StoredEvent } from "@stepwell/store";
import { eventRuns } from "./event-runs.ts";
import type { Resolvers } from "./resolvers.ts";
import { timeText } from "./time-text.ts";

/** `EventV2`. */
export const eventResolvers: Resolvers<StoredEvent> = {
  occurredAt: ({ ts }) => timeText(ts),
  receivedAt: ({ receivedAt }) => timeText(receivedAt),
  idempotencyKey: ({ externalId }) => externalId,
  version: ({ v }) => v,
  raw: rawEvent,
  runs: eventRuns,
};

/** `Event`, the older type. */
export const oldEventResolvers: Resolvers<StoredEvent> = {
  externalID: ({ externalId }) => externalId,
  createdAt: ({ receivedAt }) => timeText(receivedAt),
  payload: ({ data }) => data,
  raw: rawEvent,
  status: async (event, reads) => statusOf(await eventRuns(event, reads)),
  pendingRuns: async (event, reads) => (await eventRuns(event, reads)).filter(({ status }) => !isEnded(status)).length,
  totalRuns: async (event, reads) => (await eventRuns(event, reads)).length,
  functionRuns: eventRuns,
};

/** As it was sent, with the id that apps see. `v` is a key of it always. */
function rawEvent({ data, externalId, id, name, ts, user, v }: StoredEvent): string {
  const more = user === undefined ? "" : `,"user":${user}`;
  return `{"data":${data},"id":${asJson(externalId ?? id)},"name":${asJson(name)},"ts":${ts}${more},"v":${asJson(v ?? null)}}`;
}

function statusOf(runs: readonly RunReport[]): string {
  if (runs.length === 0) return "NO_FUNCTIONS";
  if (runs.some(({ status }) => !isEnded(status))) return "RUNNING";
  const failed = runs.filter(({ status }) => status === "failed").length;
  return failed === 0 ? "COMPLETED" : failed === runs.length ? "FAILED" : "PARTIALLY_FAILED";
}
