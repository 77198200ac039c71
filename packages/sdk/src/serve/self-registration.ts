import { headerNames, isObject, parseJson, signBody } from "@stepwell/protocol";
import { type App, registerApp } from "./sync-app.ts";
import { urlOf } from "./url-of.ts";

const triesMax = 6;
const firstPauseMs = 1_000;
/** How long the app may take to answer itself. */
const ownAnswerMsMax = 5_000;
/** Where handlers usually are, in this package's documents and in those of the official SDKs. */
const usualPaths = ["/api/stepwell", "/api/inngest"];
/** Paths at which it is looked, those that requests told included. */
const pathsMax = 10;

export interface SelfRegistrationParts {
  readonly app: Omit<App, "url">;
  /** Where nothing says the path, it is looked for. */
  readonly path: string | undefined;
  readonly origin: string;
}

/**
 * Registers the app in the background, so that a deploy needs no sync by hand. It waits a moment, since the server may call
 * at once and the app does not listen yet; a server that is not there is asked again, and then the log says so.
 *
 * No server gets an address at which the app is not: where the path is not known, the app first asks itself whether it is at
 * one of the usual ones, and then at that of the first request it gets.
 */
export class SelfRegistration {
  readonly #parts: SelfRegistrationParts;
  readonly #urls: string[];
  #isDone = false;

  constructor(parts: SelfRegistrationParts) {
    this.#parts = parts;
    const { path, origin } = parts;
    this.#urls = (path === undefined ? usualPaths : [path]).map((each) => urlOf(origin, each));
  }

  start(): void {
    later(() => void this.#attempt(1), firstPauseMs / 4);
  }

  /** A request came to this path. */
  heard(path: string): void {
    if (this.#isDone || this.#parts.path !== undefined) return;
    const url = urlOf(this.#parts.origin, path);
    if (this.#urls.length >= pathsMax || this.#urls.includes(url)) return;
    this.#urls.unshift(url);
    void this.#tryOnce();
  }

  /** Somebody else has seen to it. */
  end(): void {
    this.#isDone = true;
  }

  async #attempt(tries: number): Promise<void> {
    const failure = await this.#tryOnce();
    if (failure === undefined) return;
    if (tries < triesMax) later(() => void this.#attempt(tries + 1), firstPauseMs * 2 ** tries);
    else this.#log(failure);
  }

  /** Why it is not registered. */
  async #tryOnce(): Promise<string | undefined> {
    const { app, path } = this.#parts;
    const whys: string[] = [];
    for (const url of [...this.#urls]) {
      const why = path === undefined && !this.#isDone ? await notThere(app, url) : undefined;
      if (this.#isDone) return undefined;
      if (why !== undefined) whys.push(why);
      else return this.#register({ ...app, url });
    }
    return `${whys.join("; ")}. Say where it is served with servePath or STEPWELL_SERVE_PATH`;
  }

  async #register(app: App): Promise<string | undefined> {
    const failure = await registerApp(app, {}).then(
      ({ status, body }) => (status < 300 ? undefined : body),
      (error: Error) => error.message,
    );
    if (failure === undefined) this.#isDone = true;
    return failure;
  }

  #log(failure: string): void {
    const { client } = this.#parts.app;
    client.internalLogger.error(`stepwell: the app could not be registered at ${client.environment.apiBaseUrl}: ${failure}`);
  }
}

/** Asks the app at an address whether it is this one; with the key it says so in production too. */
async function notThere({ client }: Omit<App, "url">, url: string): Promise<string | undefined> {
  const { signingKey } = client.environment;
  try {
    const headers =
      signingKey === undefined ? {} : { [headerNames.signature]: await signBody(signingKey, "", Math.floor(Date.now() / 1_000)) };
    const response = await client.fetch(url, { headers, signal: AbortSignal.timeout(ownAnswerMsMax) });
    const said = parseJson(await response.text());
    if (!response.headers.has(headerNames.sdkHandled) || !isObject(said)) return `${url} answers ${response.status}, and not as an app`;
    if (said["app_id"] === client.id) return undefined;
    return `${url} answers ${response.status}, and not as the app "${client.id}"`;
  } catch (error) {
    return `${url} does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A timer that does not keep the process alive. */
function later(work: () => void, ms: number): void {
  const timer: unknown = setTimeout(work, ms);
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") timer.unref();
}
