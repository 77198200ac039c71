import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { LogLevel } from "../log/console-logger.ts";

/** What every framework's `serve` takes. */
export interface ServeOptions {
  readonly client: Stepwell;
  readonly functions: readonly StepwellFunction<unknown, unknown>[];
  /** The origin under which the server reaches the app: `https://shop.example.com`. `STEPWELL_SERVE_ORIGIN`; else that of each request. */
  readonly serveOrigin?: string;
  /** @deprecated `serveOrigin`. */
  readonly serveHost?: string;
  /** The path of the handler. `STEPWELL_SERVE_PATH`; else that of each request. */
  readonly servePath?: string;
  /** Answers at once and keeps the connection open while a step runs. `STEPWELL_STREAMING`. */
  readonly streaming?: boolean | "allow" | "force";
  /** Signs and verifies; the client's by default. */
  readonly signingKey?: string;
  /** Accepted besides, while a key is replaced. */
  readonly signingKeyFallback?: string;
  /** Where the server is; the client's by default. */
  readonly baseUrl?: string;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
  /** @deprecated What this package writes goes to the client's `internalLogger`, e.g. `new ConsoleLogger({ level })`. */
  readonly logLevel?: LogLevel;
  /** Registers itself at start where its origin is known. Without `servePath` it looks for its path. On by default. */
  readonly registersAtStart?: boolean;
}

/** What may be said of how an app is reached, apart from what it serves. */
export type RegisterOptions = Omit<ServeOptions, "client" | "functions">;

/** What a framework says of itself. */
export interface Framework {
  readonly name: string;
  /** The process lives on between requests, so that it can register itself, and end at once where a key is missing. */
  readonly isLongLived: boolean;
  /** It sends each part of a reply as it comes, so that several calls in one request do not wait for each other. */
  readonly takesBundles?: boolean;
}
