import { headerNames, StepwellError } from "@stepwell/protocol";
import { sdkName } from "../version.ts";
import { type ApiClient, askApi } from "./api-request.ts";
import { baseUrlInvalid, baseUrlMissing } from "./base-url.ts";
import type { SendOptions } from "./client-transport.ts";
import { exchange, type ServerAnswer } from "./exchange.ts";

export { unwritableEvent } from "./unwritable-event.ts";

const triesMax = 5;
const firstPauseMs = 100;

interface Answer {
  readonly ids?: readonly string[];
  readonly error?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly data?: { readonly ids?: readonly string[]; readonly run_id?: string };
}

/** Sends the text of a list of events to the client's server. */
export async function postEvents(client: ApiClient, text: string, { seed, env }: SendOptions): Promise<{ ids: string[] }> {
  const { ms, entropy } = seed ?? { ms: Date.now(), entropy: crypto.getRandomValues(new Uint8Array(10)) };
  // The same with every try, so that what arrived although its answer was lost is not stored again.
  const headers = { [headerNames.eventIdSeed]: `${ms},${btoa(String.fromCharCode(...entropy))}` };
  const response = await withRetries(() => postOnce(client, text, headers, env));
  const answer = readAnswer(response);
  const ids = answer.ids ?? answer.data?.ids;
  if (!response.ok || ids === undefined) throw refused("the events", response, answer);
  return { ids: [...ids] };
}

export async function postSignal(client: ApiClient, body: string, env: string | undefined): Promise<{ runId: string | undefined }> {
  const headers: Record<string, string> = env === undefined ? {} : { [headerNames.environment]: env };
  const response = await withRetries(() => askApi(client, { method: "POST", path: "v1/signals", body, headers }));
  if (response.status === 404) return { runId: undefined };
  const answer = readAnswer(response);
  if (!response.ok) throw refused("the signal", response, answer);
  return { runId: answer.data?.run_id };
}

/** By the event key; without one by the signing key, which may do everything. */
function postOnce(
  client: ApiClient,
  events: string,
  headers: Readonly<Record<string, string>>,
  env: string | undefined,
): Promise<ServerAnswer> {
  const { mode, eventBaseUrl, eventKey, signingKey, branch = env } = client.environment;
  if (eventBaseUrl === undefined) throw baseUrlMissing();
  const invalid = baseUrlInvalid(eventBaseUrl);
  if (invalid !== undefined) throw invalid;
  if (eventKey === undefined && signingKey !== undefined && mode === "production")
    return askApi(client, { method: "POST", path: "api/v1/events", body: `{"events":${events}}`, headers });
  if (eventKey === undefined && mode === "production")
    throw new StepwellError("event_key_missing", "events cannot be sent without a key: set STEPWELL_EVENT_KEY (or INNGEST_EVENT_KEY)", {
      retryable: false,
      advice: "The signing key in STEPWELL_SIGNING_KEY does as well. On a laptop set STEPWELL_DEV=1.",
    });
  return exchange(client.fetch, {
    ...{ method: "POST", baseUrl: eventBaseUrl, path: `e/${encodeURIComponent(eventKey ?? "NO_EVENT_KEY_SET")}`, body: events },
    headers: {
      "content-type": "application/json",
      "user-agent": sdkName,
      [headerNames.sdk]: sdkName,
      ...((env ?? branch) === undefined ? {} : { [headerNames.environment]: env ?? branch ?? "" }),
      ...headers,
    },
  });
}

/** A server that is not there, or not well, is asked again; what it refuses stays refused. */
async function withRetries(ask: () => Promise<ServerAnswer>): Promise<ServerAnswer> {
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await ask();
      if (response.status < 500 || tries >= triesMax) return response;
    } catch (error) {
      if (tries >= triesMax || !StepwellError.is(error) || !error.retryable) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (tries - 1)));
  }
}

/** By hand: what this file shares with a handler's first files, bundlers put into one more. */
function readAnswer({ text }: ServerAnswer): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

function refused(what: string, { status }: ServerAnswer, { error, detail, hint }: Answer): StepwellError {
  const said = error ?? detail ?? "its answer is not that of a Stepwell server; check the address in STEPWELL_BASE_URL";
  return new StepwellError(status === 401 ? "unauthorized" : "request_refused", `the server refused ${what} (HTTP ${status}): ${said}`, {
    retryable: status >= 500,
    ...(hint === undefined ? {} : { advice: hint }),
  });
}
