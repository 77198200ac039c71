import { headerNames, StepwellError } from "@stepwell/protocol";
import type { EventPayload } from "../define/event.ts";
import { sdkName } from "../version.ts";
import type { ClientTransport, SendOptions } from "./client-transport.ts";
import type { Environment } from "./environment.ts";

/** Reaches a server by HTTP. */
export class HttpTransport implements ClientTransport {
  readonly #environment: () => Environment;
  readonly #fetch: () => typeof fetch;

  constructor(environment: () => Environment, fetchOf: () => typeof fetch) {
    this.#environment = environment;
    this.#fetch = fetchOf;
  }

  async sendEvents(events: readonly EventPayload[], { seed, env }: SendOptions): Promise<{ ids: string[] }> {
    if (events.length === 0) return { ids: [] };
    const { eventBaseUrl, eventKey } = this.#environment();
    const headers: Record<string, string> = { ...this.#headers(env) };
    const { ms, entropy } = seed ?? { ms: Date.now(), entropy: crypto.getRandomValues(new Uint8Array(10)) };
    headers[headerNames.eventIdSeed] = `${ms},${btoa(String.fromCharCode(...entropy))}`;
    const response = await this.#fetch()(new URL(`e/${eventKey ?? "NO_EVENT_KEY_SET"}`, eventBaseUrl), {
      method: "POST",
      headers,
      body: JSON.stringify(events),
    });
    const body = (await response.json().catch(() => ({}))) as { readonly ids?: string[]; readonly error?: string; readonly code?: string };
    if (!response.ok)
      throw new StepwellError(
        "http_unreachable",
        `the server refused the events (${response.status}): ${body.error ?? "it did not say why"}`,
        {
          retryable: response.status >= 500,
        },
      );
    return { ids: body.ids ?? [] };
  }

  async sendSignal({ signal, data }: { readonly signal: string; readonly data?: unknown }): Promise<{ runId: string | undefined }> {
    const { apiBaseUrl } = this.#environment();
    const response = await this.#fetch()(new URL("v1/signals", apiBaseUrl), {
      method: "POST",
      headers: this.#headers(undefined),
      body: JSON.stringify({ signal, data }),
    });
    const body = (await response.json().catch(() => ({}))) as { readonly data?: { readonly run_id?: string }; readonly error?: string };
    if (response.status === 404) return { runId: undefined };
    if (!response.ok)
      throw new StepwellError(
        "http_unreachable",
        `the server refused the signal (${response.status}): ${body.error ?? "it did not say why"}`,
        {
          retryable: response.status >= 500,
        },
      );
    return { runId: body.data?.run_id };
  }

  #headers(env: string | undefined): Record<string, string> {
    return {
      "content-type": "application/json",
      [headerNames.sdk]: sdkName,
      ...(env === undefined ? {} : { [headerNames.environment]: env }),
    };
  }
}
