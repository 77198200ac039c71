import { headerNames } from "@stepwell/protocol";
import type { App } from "./sync-app.ts";
import { registerApp } from "./sync-app.ts";

const triesMax = 6;
const firstPauseMs = 1_000;
/** How long the app may take to answer itself. */
const ownAnswerMsMax = 5_000;

/**
 * Registers the app in the background, so that a deploy needs no sync by hand. It waits a moment, since the server may call
 * at once and the app does not listen yet; a server that is not there is asked again, and then the log says so. An address of
 * which the path is only supposed (`isSupposed`) is asked for first, so that no server gets one where the app is not.
 */
export function registerAtStart(app: App, isSupposed: boolean): void {
  const attempt = async (tries: number): Promise<void> => {
    const failure = (isSupposed ? await notThere(app) : undefined) ?? (await failureOf(app));
    if (failure === undefined) return;
    if (tries < triesMax) later(() => void attempt(tries + 1), firstPauseMs * 2 ** tries);
    else app.client.internalLogger.error(`stepwell: the app could not be registered at ${app.client.environment.apiBaseUrl}: ${failure}`);
  };
  later(() => void attempt(1), firstPauseMs / 4);
}

function failureOf(app: App): Promise<string | undefined> {
  return registerApp(app, {}).then(
    ({ status, body }) => (status < 300 ? undefined : body),
    (error: Error) => error.message,
  );
}

async function notThere({ client, url }: App): Promise<string | undefined> {
  const answer = await client.fetch(url, { signal: AbortSignal.timeout(ownAnswerMsMax) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.headers.has(headerNames.sdkHandled) ? undefined : `it answers ${response.status}, and not as an app`;
    },
    (error: Error) => error.message,
  );
  return answer && `${url} is not its address (${answer}). Say where it is served with servePath or STEPWELL_SERVE_PATH.`;
}

/** A timer that does not keep the process alive. */
function later(work: () => void, ms: number): void {
  const timer: unknown = setTimeout(work, ms);
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") timer.unref();
}
