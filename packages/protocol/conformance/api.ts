// The server's doors, as raw HTTP.

import { request as httpRequest } from "node:http";
import type { Target } from "./target.ts";
import { until } from "./until.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body read as JSON; `undefined` when it is none. */
  readonly json: unknown;
}

export interface Request {
  /** Sent as it stands when it is text, as JSON otherwise. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bearer token; absent: the signing key, where there is one. */
  readonly bearer?: string | false;
}

/** A run as `/v1` shows it. */
export interface RunView {
  readonly run_id: string;
  readonly status: string;
  readonly output?: unknown;
  readonly ended_at: string | null;
  readonly event_id: string | null;
}

export class Api {
  readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }

  get(path: string, request: Request = {}): Promise<Answer> {
    return this.ask("GET", path, request);
  }

  post(path: string, body: unknown, request: Request = {}): Promise<Answer> {
    return this.ask("POST", path, { ...request, body });
  }

  delete(path: string, request: Request = {}): Promise<Answer> {
    return this.ask("DELETE", path, request);
  }

  async ask(method: string, path: string, { body, headers = {}, bearer }: Request): Promise<Answer> {
    const token = bearer ?? this.target.signingKey ?? false;
    const response = await fetch(`${this.target.baseUrl}${path}`, {
      method,
      headers: { ...(token === false ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return answerOf(response.status, response.headers, await response.text());
  }

  /** Posts to the event endpoint, with the key the server knows. */
  events(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.post(`/e/${this.target.eventKey ?? "test"}`, body, {
      headers: { "content-type": "application/json", ...headers },
      bearer: false,
    });
  }

  /** Sends events that must be taken; returns their internal ids. */
  async send(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
    const answer = await this.events(body, headers);
    const { ids } = (answer.json ?? {}) as { readonly ids?: readonly string[] };
    if (answer.status !== 200 || ids === undefined) throw new Error(`the events were refused with ${answer.status}: ${answer.text}`);
    return ids;
  }

  async runsOf(eventId: string): Promise<readonly RunView[]> {
    return ((await this.get(`/v1/events/${eventId}/runs`)).json as { readonly data: readonly RunView[] }).data;
  }

  /** The run that the event started, once it has ended. */
  ended(eventId: string): Promise<RunView> {
    return until(`the end of the run of event ${eventId}`, async () => {
      const [run] = await this.runsOf(eventId);
      return run === undefined || run.ended_at === null ? undefined : run;
    });
  }

  async run(runId: string): Promise<RunView> {
    return ((await this.get(`/v1/runs/${runId}`)).json as { readonly data: RunView }).data;
  }

  /** Resolves when nothing of the run is under way and something is waited for. */
  async waiting(runId: string): Promise<void> {
    await until(`run ${runId} to wait`, async () =>
      at((await this.get(`/api/v1/runs/${runId}`)).json, "data", "status") === "waiting" ? true : undefined,
    );
  }

  /** When the run's next call is due, in ms since 1970. */
  dueAt(runId: string): Promise<number> {
    return until(`an item in the queue of run ${runId}`, async () => {
      const { data } = (await this.get(`/v1/runs/${runId}/jobs`)).json as { readonly data: readonly { readonly at: string }[] };
      const [first] = data.map(({ at }) => Date.parse(at)).sort((one, other) => one - other);
      return first !== undefined && first > Date.now() ? first : undefined;
    });
  }

  /** A request that says it is addressed to another host than the one it goes to. */
  askAs(host: string, path: string): Promise<Answer> {
    const { hostname, port } = new URL(this.target.baseUrl);
    return new Promise((resolve, reject) => {
      httpRequest({ hostname, port, path, headers: { host } }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(answerOf(response.statusCode ?? 0, new Headers(), Buffer.concat(chunks).toString())));
      })
        .on("error", reject)
        .end();
    });
  }
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined; // A text, or nothing.
  }
  return { status, headers, text, json };
}

/** What stands at a path inside a JSON value. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path)
    found = typeof found === "object" && found !== null ? (found as Record<string | number, unknown>)[key] : undefined;
  return found;
}
