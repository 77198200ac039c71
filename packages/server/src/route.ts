import type { Engine } from "@stepwell/engine";
import type { GenericSchema } from "valibot";
import type { AppSyncer } from "./discovery/sync-url.ts";
import type { ServerSettings } from "./settings.ts";
import type { StoreFacts } from "./store-facts.ts";

/** What a route may use. */
export interface RouteParts {
  readonly engine: Engine;
  readonly settings: ServerSettings;
  readonly syncer: AppSyncer;
  /** Absent: the store is no file. */
  readonly storeFacts: (() => StoreFacts) | undefined;
  /** Every endpoint, for those that tell which there are. */
  readonly routes: readonly Route[];
  /** The text of `/metrics`. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface RouteRequest extends RouteParts {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
}

/** Who may call a route in `start`. In `dev` everybody on this machine may. */
export type RouteAccess =
  /** Anybody: it says nothing that is not public. */
  | "open"
  /** Whoever has an event key; the route checks it itself, because the key is in the path. */
  | "event_key"
  /** Whoever has the signing key, as a bearer token. */
  | "signing_key";

/** Whether errors are problems (our API), the envelope of the compatible one, or the list of its second version. */
export type ErrorForm = "problem" | "envelope" | "list";

/** One endpoint, as a value. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** What it is for, in a few words, for the document of the API. */
  readonly summary: string;
  /** What its body must be, for the document of the API and for `readBody`. */
  readonly body?: GenericSchema;
  /** The parameters that its address may have; one that is not listed is refused. Absent: it reads none and minds none. */
  readonly query?: readonly string[];
  readonly access: RouteAccess;
  readonly errors: ErrorForm;
  /** Exists only in `dev`. */
  readonly devOnly?: boolean;
  /** For dashboards: left out where the server is set up without them. */
  readonly forDashboards?: true;
  /** Told when a request was refused for want of a key. */
  refused?(parts: RouteParts, request: Request): void;
  handle(request: RouteRequest): Response | Promise<Response>;
}

export function route(definition: Route): Route {
  return definition;
}
