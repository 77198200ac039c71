import { fetchStateMsMax, isObject, parseJson } from "@stepwell/protocol";
import { type ApiClient, askApi } from "../client/api-request.ts";
import type { ReceivedEvent } from "../define/event.ts";
import { loadParts } from "../replay/known-parts.ts";
import type { State } from "./read-call.ts";

/** A state too large for the call's body is fetched. */
export async function fetchState(api: ApiClient, runId: string): Promise<State | string> {
  const get = async (what: string): Promise<unknown> => {
    const response = await askApi(api, { method: "GET", path: `v0/runs/${runId}/${what}`, msMax: fetchStateMsMax });
    return response.ok ? parseJson(response.text) : undefined;
  };
  const [events, steps] = await Promise.all([get("batch"), get("actions"), loadParts()]);
  if (!Array.isArray(events) || !isObject(steps)) return `the state of run ${runId} could not be fetched from the server`;
  return { events: events as readonly ReceivedEvent[], steps };
}
