import { limits, parseEvent, parseEventId } from "@stepwell/protocol";
import { looseObject, string } from "valibot";
import { refusal } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { pageOfList, readPageV2 } from "./read-page-v2.ts";
import { replyV2 } from "./reply-v2.ts";
import { runMessage } from "./run-message.ts";

const body = looseObject({ name: string() });

/** `POST /v2/events` sends one event. */
export const sendEventV2 = route({
  method: "POST",
  path: "/v2/events",
  summary: "Send an event",
  body,
  access: "signing_key",
  errors: "list",
  async handle({ engine, request }) {
    const read = await readBody(request, body, { errors: "list", bytesMax: limits.eventBytesMax });
    if (read instanceof Response) return read;
    const event = parseEvent(read.value);
    if ("kind" in event) return refusal("list", { code: event.code, detail: event.message });
    const { ids } = await engine.sendEvents({ events: [event] });
    return replyV2({ eventId: ids[0] }, engine.now());
  },
});

/** `GET /v2/events/:eventId/runs`. */
export const eventRunsV2 = route({
  method: "GET",
  path: "/v2/events/:eventId/runs",
  summary: "The runs an event started",
  query: ["includeOutput", "cursor", "limit"],
  access: "signing_key",
  errors: "list",
  async handle({ engine, params, url }) {
    const eventId = parseEventId(params["eventId"] ?? "");
    if (eventId === undefined) return refusal("list", { code: "invalid_event_id", detail: "an event id is a ULID" });
    const asked = readPageV2(url, { usual: 20, most: 40 });
    if (asked instanceof Response) return asked;
    const page = pageOfList(await engine.reports.eventRuns(eventId), asked, ({ id }) => id);
    if (page instanceof Response) return page;
    const includeOutput = url.searchParams.get("includeOutput") === "true";
    return replyV2(
      page.rows.map((run) => runMessage(run, includeOutput)),
      engine.now(),
      page.page,
    );
  },
});
