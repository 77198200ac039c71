import type { App } from "./sync-app.ts";
import { registerApp } from "./sync-app.ts";

const triesMax = 6;
const firstPauseMs = 1_000;

/**
 * Registers the app in the background, so that a deploy needs no sync by hand. It waits a moment, since the server may call
 * at once and the app does not listen yet; a server that is not there is asked again, and then the log says so.
 */
export function registerAtStart(app: App): void {
  const attempt = async (tries: number): Promise<void> => {
    const failure = await registerApp(app, {}).then(
      ({ status, body }) => (status < 300 ? undefined : body),
      (error: Error) => error.message,
    );
    if (failure === undefined) return;
    if (tries < triesMax) later(() => void attempt(tries + 1), firstPauseMs * 2 ** tries);
    else app.client.internalLogger.error(`stepwell: the app could not be registered at ${app.client.environment.apiBaseUrl}: ${failure}`);
  };
  later(() => void attempt(1), firstPauseMs / 4);
}

/** A timer that does not keep the process alive. */
function later(work: () => void, ms: number): void {
  const timer: unknown = setTimeout(work, ms);
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") timer.unref();
}
