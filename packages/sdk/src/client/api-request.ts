import { hashSigningKey, headerNames } from "@stepwell/protocol";
import { sdkName } from "../version.ts";
import { baseUrlInvalid, baseUrlMissing } from "./base-url.ts";
import type { Environment } from "./environment.ts";
import { exchange, type ServerAnswer } from "./exchange.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** Below the server's address, without a slash before it. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long a try may take, where that is not what the body needs. */
  readonly msMax?: number;
}

export interface ApiClient {
  readonly environment: Environment;
  readonly fetch: typeof fetch;
}

/** Asks the server's API with the signing key as bearer, and once more with the fallback where the first is refused. */
export async function askApi({ environment, fetch }: ApiClient, request: ApiRequest): Promise<ServerAnswer> {
  const { apiBaseUrl, signingKey, signingKeyFallback, branch } = environment;
  if (apiBaseUrl === undefined) throw baseUrlMissing();
  const invalid = baseUrlInvalid(apiBaseUrl);
  if (invalid !== undefined) throw invalid;
  const ask = async (key: string | undefined): Promise<ServerAnswer> =>
    exchange(fetch, {
      ...request,
      baseUrl: apiBaseUrl,
      headers: {
        "content-type": "application/json",
        "user-agent": sdkName,
        [headerNames.sdk]: sdkName,
        ...(key === undefined ? {} : { authorization: `Bearer ${await hashSigningKey(key)}` }),
        ...(branch === undefined ? {} : { [headerNames.environment]: branch }),
        ...request.headers,
      },
    });
  const response = await ask(signingKey);
  if (signingKeyFallback === undefined || (response.status !== 401 && response.status !== 403)) return response;
  return ask(signingKeyFallback);
}
