import type { EventSchemas } from "../define/event-schemas.ts";
import type { CheckpointingOptions } from "../define/function-options.ts";
import type { Logger } from "../log/logger.ts";
import type { AnyMiddleware } from "../middleware/register-middleware.ts";

export interface ClientOptions {
  /** The app's identity on the server: functions are `<app>-<function>` there. */
  readonly id: string;
  /** A name for people, for whoever reads the code: no server is told. */
  readonly name?: string;
  /** Sends events. `STEPWELL_EVENT_KEY`, else `INNGEST_EVENT_KEY`. */
  readonly eventKey?: string;
  /** Signs and verifies. `STEPWELL_SIGNING_KEY`, else `INNGEST_SIGNING_KEY`. */
  readonly signingKey?: string;
  /** Accepted besides, while a key is replaced. */
  readonly signingKeyFallback?: string;
  /** Where the server is. `STEPWELL_BASE_URL`, else `INNGEST_BASE_URL`; in dev `http://localhost:8288`. */
  readonly baseUrl?: string;
  /** Switches dev mode on or off. `STEPWELL_DEV`, else `INNGEST_DEV`; else it is inferred. */
  readonly isDev?: boolean;
  /** The branch environment that events and registrations are for. */
  readonly env?: string;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
  /** Where `logger` of functions writes; the console by default. */
  readonly logger?: Logger;
  /** Where this package itself writes; `logger` by default. */
  readonly internalLogger?: Logger;
  /** The app's events, with their types. */
  readonly schemas?: EventSchemas;
  /** Goes around the functions of the client, and around what it sends. */
  readonly middleware?: readonly AnyMiddleware[];
  /** The release that is deployed, for display. */
  readonly appVersion?: string;
  /** The default of functions that do not say otherwise. */
  readonly checkpointing?: CheckpointingOptions;
  /** @deprecated `checkpointing`. */
  readonly experimentalCheckpointing?: CheckpointingOptions;
  /** @deprecated Steps are always coalesced. */
  readonly optimizeParallelism?: boolean;
}
