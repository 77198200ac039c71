import { hashSigningKey, headerNames, StepwellError } from "@stepwell/protocol";
import { sdkName } from "../version.ts";
import type { Environment } from "./environment.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** Below the server's address, without a slash before it. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiClient {
  readonly environment: Environment;
  readonly fetch: typeof fetch;
}

/** Asks the server's API with the signing key as bearer, and once more with the fallback where the first is refused. */
export async function askApi({ environment, fetch }: ApiClient, request: ApiRequest): Promise<Response> {
  const { apiBaseUrl, signingKey, signingKeyFallback, branch } = environment;
  if (apiBaseUrl === undefined) throw baseUrlMissing();
  const invalid = baseUrlInvalid(apiBaseUrl);
  if (invalid !== undefined) throw invalid;
  const ask = async (key: string | undefined): Promise<Response> =>
    fetch(new URL(request.path, apiBaseUrl), {
      method: request.method,
      headers: {
        "content-type": "application/json",
        "user-agent": sdkName,
        [headerNames.sdk]: sdkName,
        ...(key === undefined ? {} : { authorization: `Bearer ${await hashSigningKey(key)}` }),
        ...(branch === undefined ? {} : { [headerNames.environment]: branch }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  const response = await ask(signingKey);
  if (signingKeyFallback === undefined || (response.status !== 401 && response.status !== 403)) return response;
  return ask(signingKeyFallback);
}

const address = /^https?:\/\/(?:[^/?#@:]+|\[[\da-f:.]+\])(?::\d+)?(?:[/?#]|$)/i;
/** The one that was looked at last: each request of a client asks about the same. */
let lastGood: string | undefined;

/** `undefined`: it is an address. */
export function baseUrlInvalid(url: string | undefined): StepwellError | undefined {
  if (url === undefined || url === lastGood) return undefined;
  if (address.test(url) && URL.canParse(url)) {
    lastGood = url;
    return undefined;
  }
  return new StepwellError("base_url_invalid", `the server's address is "${url}", which is no address of the web`, {
    retryable: false,
    advice: "Set STEPWELL_BASE_URL to its scheme and host: https://stepwell.example.com, or http://localhost:8288.",
  });
}

/** In production the server's address is not guessed: events would go to somebody else's. */
export function baseUrlMissing(): StepwellError {
  return new StepwellError("base_url_missing", "the address of the server is not known: set STEPWELL_BASE_URL (or INNGEST_BASE_URL)", {
    retryable: false,
    advice: "On a laptop set STEPWELL_DEV=1, which means http://localhost:8288.",
  });
}
