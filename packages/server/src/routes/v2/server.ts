import type { KeyRing } from "../../keys/key-ring.ts";
import { json } from "../../problem.ts";
import { type Route, type RouteRequest, route } from "../../route.ts";
import { message } from "./message.ts";
import { pageOfList, readPageV2 } from "./read-page-v2.ts";
import { replyV2 } from "./reply-v2.ts";

/** `GET /v2/health`. */
export const healthV2 = route({
  method: "GET",
  path: "/v2/health",
  summary: "Whether the server is up",
  access: "signing_key",
  errors: "list",
  handle: ({ engine }) => replyV2({ status: "ok" }, engine.now()),
});

/** An open server has one account and one environment, since ever. */
const beginning = new Date(0).toISOString();

/** `GET /v2/account`. */
export const accountV2 = route({
  method: "GET",
  path: "/v2/account",
  summary: "The account",
  access: "signing_key",
  errors: "list",
  handle: ({ engine }) =>
    replyV2({ id: "stepwell", email: "dev@localhost", name: "Stepwell", createdAt: beginning, updatedAt: beginning }, engine.now()),
});

/** `GET /v2/envs`. */
export const environmentsV2 = route({
  method: "GET",
  path: "/v2/envs",
  summary: "Environments",
  query: ["cursor", "limit"],
  access: "signing_key",
  errors: "list",
  handle({ engine, settings, url }) {
    const asked = readPageV2(url, { usual: 50, most: 250 });
    if (asked instanceof Response) return asked;
    const type = settings.mode === "dev" ? "TEST" : "PRODUCTION";
    const only = message({ id: settings.mode === "dev" ? "dev" : "default", name: "default", type, createdAt: beginning });
    const page = pageOfList([only], asked, (row) => String(row["id"]));
    return page instanceof Response ? page : replyV2(page.rows, engine.now(), page.page);
  },
});

/** `GET /v2/keys/events`: which there are; of each its last characters. */
export const eventKeysV2 = keysRoute("events", "event");
/** `GET /v2/keys/signing`. */
export const signingKeysV2 = keysRoute("signing", "signing");

function keysRoute(path: string, kind: ReturnType<KeyRing["list"]>[number]["kind"]): Route {
  return route({
    method: "GET",
    path: `/v2/keys/${path}`,
    summary: "Keys, without what would let anybody use them",
    query: ["cursor", "limit"],
    access: "signing_key",
    errors: "list",
    handle(request) {
      const asked = readPageV2(request.url, { usual: 20, most: 100 });
      if (asked instanceof Response) return asked;
      const page = pageOfList(keysOf(request, kind), asked, (row) => String(row["id"]));
      return page instanceof Response ? page : replyV2(page.rows, request.engine.now(), page.page);
    },
  });
}

function keysOf({ settings }: RouteRequest, kind: string): readonly Readonly<Record<string, unknown>>[] {
  return settings.keys
    .list()
    .filter((key) => key.kind === kind && key.state !== "revoked")
    .map(({ id, name, endsIn, createdAt }) =>
      message({
        id,
        name,
        environment: "default",
        key: `…${endsIn}`,
        createdAt: createdAt === undefined ? undefined : new Date(createdAt).toISOString(),
      }),
    );
}

/** `GET /v2/operations`: what this version can do. */
export const operationsV2 = route({
  method: "GET",
  path: "/v2/operations",
  summary: "What this version of the API can do",
  access: "open",
  errors: "list",
  handle({ routes }) {
    const operations = routes
      .filter(({ path }) => path.startsWith("/v2/"))
      .map(({ method, path, summary }) => ({
        id: operationId(method, path),
        summary,
        http: { method, path: path.replace(/:(\w+)/g, "{$1}") },
      }));
    const reply = json(200, { data: { operations } });
    reply.headers.set("access-control-allow-origin", "*");
    reply.headers.set("cache-control", "public, max-age=300, stale-while-revalidate=3600");
    return reply;
  },
});

function operationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replace(/^\/v2/, "").replace(/[/:-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}
