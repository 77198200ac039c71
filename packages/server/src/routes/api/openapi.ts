import { json } from "../../problem.ts";
import { route } from "../../route.ts";

/** `GET /api/v1/openapi.json`: this API as an OpenAPI document. */
export const getOpenApi = route({
  method: "GET",
  path: "/api/v1/openapi.json",
  summary: "This document",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ routes }) {
    // Read when somebody asks: a server starts without it.
    const { openApiDocument } = await import("../../openapi/openapi-document.ts");
    return json(200, openApiDocument(routes));
  },
});
