import { toJsonSchema } from "@valibot/to-json-schema";
import type { ErrorForm, Route } from "../route.ts";

/** The routes as an OpenAPI document. The release is left out, so that the file in the repository changes with the routes alone. */
export function openApiDocument(routes: readonly Route[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    // The same as /v2.
    if (route.path.startsWith("/api/v2/")) continue;
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Stepwell",
      version: "1",
      description:
        "`/api/v1` is Stepwell's own API; `/v0`, `/v1` and `/v2` are compatible with the public API that the SDKs know; `/v2` stands under `/api/v2` too. `stepwell start` asks for a key.",
    },
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      securitySchemes: {
        signingKey: { type: "http", scheme: "bearer", description: "The server's signing key, plain or hashed." },
      },
      schemas: errorSchemas,
    },
  };
}

function operation(route: Route): Readonly<Record<string, unknown>> {
  const { method, path, summary, query, body, access, errors } = route;
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } })),
    ...(query ?? []).map((name) => ({ name, in: "query", schema: { type: "string" } })),
  ];
  return {
    operationId: operationId(method, path),
    summary,
    tags: [tagOf(path)],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } }),
    security: access === "signing_key" ? [{ signingKey: [] }] : [],
    responses: {
      "2XX": { description: "Done." },
      default: {
        description: "Refused, or failed.",
        content: { [mediaTypes[errors]]: { schema: { $ref: `#/components/schemas/${errors}` } } },
      },
    },
  };
}

function schemaOf(body: NonNullable<Route["body"]>): unknown {
  const { $schema: _, ...schema } = toJsonSchema(body, {
    errorMode: "ignore",
    // What is checked by a function of ours is an object with any keys.
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "custom" ? { type: "object" } : undefined),
  });
  return schema;
}

/** One word for each address and method. */
function operationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+(\w)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "")}`;
}

function tagOf(path: string): string {
  return /^\/(api\/v1|v0|v1|v2)\//.exec(path)?.[1] ?? "other";
}

const mediaTypes: Readonly<Record<ErrorForm, string>> = {
  problem: "application/problem+json",
  envelope: "application/json",
  list: "application/json",
};

const text = { type: "string" };
const errorSchemas: Readonly<Record<ErrorForm, unknown>> = {
  problem: {
    type: "object",
    required: ["type", "title", "status", "code", "detail", "hint"],
    properties: {
      type: text,
      title: text,
      status: { type: "integer" },
      code: text,
      detail: text,
      hint: text,
      fields: { type: "array", items: { type: "object", properties: { path: text, message: text, column: { type: "integer" } } } },
    },
  },
  envelope: {
    type: "object",
    required: ["error", "status"],
    properties: { code: text, error: text, hint: text, data: {}, status: { type: "integer" } },
  },
  list: {
    type: "object",
    required: ["errors"],
    properties: {
      errors: {
        type: "array",
        items: { type: "object", required: ["code", "message"], properties: { code: text, message: text, hint: text } },
      },
    },
  },
};
