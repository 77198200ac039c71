// One answer for every framework, whatever its requests and responses are.

import { bundleParameter, headerNames, StepwellError } from "@stepwell/protocol";
import type { Variables } from "../client/environment.ts";
import type { Stepwell } from "../client/stepwell.ts";
import { type Executable, executablesOf } from "../define/executable.ts";
import { serveOptionNames } from "../define/option-names.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { checkOptionNames } from "../errors/check-option-names.ts";
import { sdkName } from "../version.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { Answered } from "./answered.ts";
import { callFunction } from "./call-function.ts";
import type { CallRequest, ServedRequest } from "./call-request.ts";
import { loadLater } from "./load-later.ts";
import { isBuilding, missingSetting } from "./require-keys.ts";
import type { SelfRegistration } from "./self-registration.ts";
import type { Framework, ServeOptions } from "./serve-options.ts";
import { signatureFor } from "./signature-for.ts";
import type { Told } from "./url-of.ts";
import { type Verified, verifyRequest } from "./verify-request.ts";

export interface RequestSurroundings {
  /** Variables that come with the request, on hosts without a process. */
  readonly variables?: Variables;
  /** The address that the connection comes from, where the host knows it. */
  readonly peer?: string | undefined;
  /** What the framework called its handler with, for middleware. */
  readonly args?: readonly unknown[];
}

/** Answers requests without objects of the web, which cost a host that has others more than the call itself. */
export interface Answerer {
  answer(request: ServedRequest, surroundings: RequestSurroundings): Promise<Answered>;
}

interface Received {
  readonly body: string;
  readonly peer: string | undefined;
  readonly args: readonly unknown[];
}

/** Makes what answers an app's requests. Whatever is wrong with the functions is found here, and not with the first call. */
export function createAnswerer(options: ServeOptions, framework: Framework): Answerer {
  const handler = new ServeHandler(options, framework);
  handler.start();
  return handler;
}

class ServeHandler implements Answerer {
  readonly #options: ServeOptions;
  readonly #framework: Framework;
  readonly #functions: readonly StepwellFunction[];
  readonly #executables: ReadonlyMap<string, Executable>;
  #registration: Promise<SelfRegistration> | undefined;

  constructor(options: ServeOptions, framework: Framework) {
    checkOptions(options);
    this.#options = options;
    options.client.configure(clientSettings(options));
    this.#framework = framework;
    this.#functions = options.functions as readonly StepwellFunction[];
    this.#executables = executablesOf(options.client, this.#functions);
  }

  start(): void {
    const { client } = this.#options;
    const missing = missingSetting(client.environment);
    if (missing !== undefined) {
      if (isBuilding(client.variables)) return;
      if (this.#framework.isLongLived) throw missing;
      return;
    }
    if (this.#options.registersAtStart === false || !this.#framework.isLongLived || isBuilding(client.variables)) return;
    const { origin, path } = this.#told();
    if (origin === undefined) return;
    this.#registration = loadLater().then(({ SelfRegistration }) => {
      const registration = new SelfRegistration({ app: this.#described(), path, origin });
      registration.start();
      return registration;
    });
  }

  async answer(request: ServedRequest, { variables, peer, args = [request] }: RequestSurroundings): Promise<Answered> {
    if (variables !== undefined) this.#options.client.setEnvVars(variables);
    const body = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
    try {
      return await this.#answer(request, { body, peer, args });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return this.#respond(request, { kind: "not_asked" }, jsonAnswer(500, { code: "internal_error", message }));
    }
  }

  async #answer(request: ServedRequest, { body, peer, args }: Received): Promise<Answered> {
    const { client } = this.#options;
    const { environment } = client;
    if (environment.mode === "dev" && (environment.isInferred || isOfBrowser(request))) {
      const { refuseStranger } = await loadLater();
      const refused = refuseStranger(request, peer, environment.isInferred);
      if (refused !== undefined) return this.#respond(request, { kind: "invalid", reason: "" }, refused);
    }
    const { searchParams } = new URL(request.url);
    const isPost = request.method === "POST" && !searchParams.has("probe");
    const isCall = isPost && (searchParams.has("fnId") || searchParams.has(bundleParameter));
    if (isPost && !isCall) {
      const { acceptEvents, bringsEvents } = await loadLater();
      if (bringsEvents(request, body)) return this.#respond(request, { kind: "not_asked" }, await acceptEvents(client, request, body));
    }
    const missing = missingSetting(environment);
    if (missing !== undefined)
      return this.#respond(request, { kind: "invalid", reason: "" }, jsonAnswer(500, { code: missing.code, message: missing.message }));
    const verified = await verifyRequest(environment, request, body, Date.now());
    if (verified.kind !== "invalid" && request.method !== "PUT") this.#heard(request);
    if (isCall) return verified.kind === "invalid" ? this.#unauthorized(request, verified) : this.#call(request, body, verified, args);
    const { answerAside } = await loadLater();
    const aside = { request, body, verified, app: this.#described(), told: this.#told(), registration: this.#registration };
    const answer = await answerAside(aside);
    return answer === undefined ? this.#unauthorized(request, verified) : this.#respond(request, verified, answer);
  }

  /** Where it is asked at, it is; the registration may look for that. */
  #heard({ url }: ServedRequest): void {
    void this.#registration?.then((registration) => registration.heard(new URL(url).pathname));
  }

  async #call(request: ServedRequest, body: string, verified: Verified, args: readonly unknown[]): Promise<Answered> {
    const answer = (http: CallRequest, call: string): Promise<Answer> =>
      callFunction({ client: this.#options.client, executables: this.#executables, http, body: call, args });
    if (new URL(request.url).searchParams.has(bundleParameter)) {
      // Only handlers that send a reply bit by bit, in a process that lives on, say that they take several.
      const bundle = this.#framework.takesBundles === true ? await loadLater() : undefined;
      const several = bundle?.answerBundle(request, body, this.#headers(), answer);
      return several ?? this.#respond(request, verified, jsonAnswer(400, { message: "this handler takes one call at a time" }));
    }
    if (!this.#streams()) return this.#respond(request, verified, await answer(request, body));
    const { streamAnswer } = await loadLater();
    return { status: 201, headers: this.#headers(), body: streamAnswer(answer(request, body), verified) };
  }

  #streams(): boolean {
    const { streaming = this.#options.client.environment.streaming } = this.#options;
    return [true, "force", "allow", "true", "1"].includes(streaming ?? "");
  }

  #unauthorized(request: ServedRequest, verified: Verified): Promise<Answered> {
    if (verified.kind === "invalid") this.#options.client.internalLogger.warn(`stepwell: a request was refused: ${verified.reason}`);
    return this.#respond(request, verified, jsonAnswer(401, { message: "Unauthorized" }));
  }

  /** Whoever cannot show the key learns no more of the app than that it is one. */
  async #respond(request: ServedRequest, verified: Verified, { status, body, headers }: Answer): Promise<Answered> {
    const own = verified.kind === "invalid" ? { [headerNames.sdkHandled]: "true", "content-type": "application/json" } : this.#headers();
    const expected = request.headers.get(headerNames.serverKind);
    const all = {
      ...own,
      ...(expected === null || verified.kind === "invalid" ? {} : { [headerNames.expectedServerKind]: expected }),
      ...(verified.kind === "invalid" ? {} : headers),
      ...(await signatureFor(verified, body, Date.now())),
    };
    return { status, headers: all, body };
  }

  #headers(): Record<string, string> {
    const { branch, platform } = this.#options.client.environment;
    return {
      "content-type": "application/json",
      "user-agent": sdkName,
      [headerNames.sdk]: sdkName,
      [headerNames.sdkHandled]: "true",
      [headerNames.framework]: this.#framework.name,
      ...(this.#framework.takesBundles === true ? { [headerNames.bundles]: "1" } : {}),
      ...(branch === undefined ? {} : { [headerNames.environment]: branch }),
      ...(platform === undefined ? {} : { [headerNames.platform]: platform }),
    };
  }

  #described(): { readonly client: ServeOptions["client"]; readonly functions: readonly StepwellFunction[]; readonly framework: string } {
    return { client: this.#options.client, functions: this.#functions, framework: this.#framework.name };
  }

  #told(): Told {
    const { client, serveOrigin, serveHost, servePath } = this.#options;
    return {
      origin: serveOrigin ?? serveHost ?? client.environment.serveOrigin,
      path: servePath ?? client.environment.servePath,
    };
  }
}

/** Servers send none of these. */
function isOfBrowser({ headers }: ServedRequest): boolean {
  return ["origin", "sec-fetch-site"].some((name) => headers.get(name) !== null);
}

/** What `serve` is told of the server and the keys. */
function clientSettings({ signingKey, signingKeyFallback, baseUrl, fetch }: ServeOptions): Parameters<Stepwell["configure"]>[0] {
  return {
    ...(signingKey === undefined ? {} : { signingKey }),
    ...(signingKeyFallback === undefined ? {} : { signingKeyFallback }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(fetch === undefined ? {} : { fetch }),
  };
}

/** Whoever writes no types is not told by them. */
function checkOptions(options: Partial<ServeOptions> = {}): void {
  const { client, functions } = options;
  if (typeof client === "object" && Array.isArray(functions))
    return checkOptionNames("serve", options, serveOptionNames, (sentence) => client.internalLogger.warn(sentence));
  const missing = typeof client === "object" ? "a list of functions" : "a client";
  throw new StepwellError("config_invalid", `serve needs ${missing}: serve({ client, functions: [first, second] })`, { retryable: false });
}
