// The app of one case: it registers what the case says, records every call and answers by the case's script. No SDK.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer, Api, RunView } from "./api.ts";
import { bare, idOf, type Reply } from "./reply.ts";
import { until } from "./until.ts";

export interface CallBody {
  readonly ctx: Readonly<Record<string, unknown>> & {
    readonly attempt: number;
    readonly run_id: string;
    readonly fn_id: string;
    readonly qi_id: string;
    readonly max_attempts: number;
    readonly disable_immediate_execution: boolean;
    readonly stack: { readonly current: number; readonly stack: readonly string[] };
  };
  readonly event: Readonly<Record<string, unknown>>;
  readonly events: readonly unknown[];
  readonly steps: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly [key: string]: unknown;
}

export interface Call {
  /** From 1, over all functions of the app. */
  readonly number: number;
  /** The function's id without the app's. */
  readonly fn: string;
  readonly url: URL;
  /** `step`, or the id of the one step that is asked for. */
  readonly stepId: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: CallBody;
  readonly at: number;
}

export type Script = (call: Call) => Reply | Promise<Reply>;

export interface FunctionOptions {
  readonly id?: string;
  readonly script?: Script;
  readonly retries?: number;
  /** Absent: the app's own event. */
  readonly triggers?: readonly unknown[];
  /** The query of its URL, beside `fnId`. */
  readonly query?: string;
  /** Keys of its registration that are put over the usual ones. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What an app answers a PUT with. Absent: it registers as an SDK would, and answers 200. */
export type PutScript = (put: {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly url: URL;
}) => Reply | Promise<Reply>;

export interface StartedRun {
  readonly eventId: string;
  runId(): Promise<string>;
  ended(): Promise<RunView>;
}

/** The call carries a result of the step. */
export function has(call: Call, userId: string): boolean {
  return Object.hasOwn(call.body.steps, idOf(userId));
}

export class App {
  /** The app's id. */
  readonly name: string;
  readonly calls: Call[] = [];
  onPut: PutScript | undefined;
  readonly #api: Api;
  readonly #server: Server;
  readonly #scripts = new Map<string, Script>();
  #functions: readonly FunctionOptions[] = [];

  private constructor(name: string, api: Api) {
    this.name = name;
    this.#api = api;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(name: string, api: Api): Promise<App> {
    const app = new App(name, api);
    await new Promise<void>((resolve) => app.#server.listen(0, "127.0.0.1", resolve));
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/inngest`;
  }

  /** An event name of this app's own. */
  event(suffix = "go"): string {
    return `${this.name}/${suffix}`;
  }

  slug(fn = "f"): string {
    return `${this.name}-${fn}`;
  }

  /** A function as an SDK registers it. */
  config({ id = "f", retries = 0, triggers, query = "stepId=step", config = {} }: FunctionOptions = {}): Record<string, unknown> {
    const url = `${this.url}?fnId=${this.slug(id)}&${query}`;
    return {
      id: this.slug(id),
      name: id,
      triggers: triggers ?? [{ event: this.event() }],
      steps: { step: { id: "step", name: "step", runtime: { type: "http", url }, retries: { attempts: retries } } },
      ...config,
    };
  }

  registration(functions: readonly FunctionOptions[] = [{}], more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return {
      url: this.url,
      v: "0.1",
      deployType: "ping",
      sdk: "js:v4.24.0",
      appName: this.name,
      functions: functions.map((each) => this.config(each)),
      ...more,
    };
  }

  /** Registers functions; their scripts answer from now on. */
  async register(functions: readonly FunctionOptions[] = [{}], more: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    this.#functions = functions;
    for (const { id = "f", script } of functions) if (script !== undefined) this.#scripts.set(id, script);
    return this.sendRegistration(this.registration(functions, more));
  }

  sendRegistration(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#api.post("/fn/register", body, { headers: { "content-type": "application/json", ...headers } });
  }

  /** One function, one event: what most cases begin with. */
  async start(script: Script, options: FunctionOptions & { readonly event?: Readonly<Record<string, unknown>> } = {}): Promise<StartedRun> {
    const { event = {}, ...fn } = options;
    const answer = await this.register([{ ...fn, script }]);
    if (answer.status !== 200) throw new Error(`the registration was refused: ${answer.text}`);
    const [eventId = ""] = await this.#api.send({ name: this.event(), data: {}, ...event });
    return this.runOf(eventId);
  }

  runOf(eventId: string): StartedRun {
    return {
      eventId,
      runId: () => until(`the run of event ${eventId}`, async () => (await this.#api.runsOf(eventId))[0]?.run_id),
      ended: () => this.#api.ended(eventId),
    };
  }

  /** The call of this number, from 1, once it has come. */
  call(number: number): Promise<Call> {
    return until(`call ${number} of ${this.name}, which has had ${this.calls.length}`, () => this.calls[number - 1]);
  }

  async close(): Promise<void> {
    await this.#api.delete(`/fn/remove?url=${encodeURIComponent(this.url)}`).catch(() => undefined);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "/", "http://localhost");
    const { headers } = request;
    const reply = request.method === "POST" ? await this.#answer(url, headers, text) : await this.#sync(url, headers, text);
    if (reply.breaks === "before") return void response.destroy();
    response.writeHead(reply.status, reply.headers);
    if (reply.breaks === undefined) return void response.end(reply.body);
    response.write(reply.body, () => response.destroy());
  }

  async #answer(url: URL, headers: IncomingHttpHeaders, text: string): Promise<Reply> {
    const fn = (url.searchParams.get("fnId") ?? "").slice(this.name.length + 1);
    const stepId = url.searchParams.get("stepId") ?? "";
    const call: Call = {
      number: this.calls.length + 1,
      fn,
      url,
      stepId,
      headers,
      text,
      body: JSON.parse(text) as CallBody,
      at: Date.now(),
    };
    this.calls.push(call);
    const script = this.#scripts.get(fn);
    return script === undefined ? bare(500, `no script for ${fn}`) : script(call);
  }

  async #sync(url: URL, headers: IncomingHttpHeaders, text: string): Promise<Reply> {
    if (this.onPut !== undefined) return this.onPut({ headers, text, url });
    const kind = headers["x-inngest-server-kind"];
    const echoed = typeof kind === "string" ? { "x-inngest-expected-server-kind": kind } : {};
    const { status, text: body } = await this.sendRegistration(this.registration(this.#functions), echoed);
    return bare(status, body, { "content-type": "application/json" });
  }
}
