import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openApiDocument } from "../src/openapi/openapi-document.ts";
import { routeTable } from "../src/route-table.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is looked at, not used.
const document = openApiDocument(routeTable) as any;

test("docs/openapi.json is what the table of routes says (npm run openapi -w @stepwell/server)", () => {
  const file = readFileSync(new URL("../../../docs/openapi.json", import.meta.url), "utf8");
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(document)));
});

test("every endpoint is in it once, with a name of its own, its parameters and its body", () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object));
  const meant = routeTable.filter(({ path }) => !path.startsWith("/api/v2/"));
  expect(operations).toHaveLength(meant.length);
  const ids = operations.map(({ operationId }) => operationId);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(document.paths["/v1/signals"].post).toMatchObject({
    security: [{ signingKey: [] }],
    requestBody: { content: { "application/json": { schema: { type: "object", required: ["signal"] } } } },
  });
  expect(document.paths["/api/v1/runs/{runId}"].get.parameters).toEqual([
    { name: "runId", in: "path", required: true, schema: { type: "string" } },
  ]);
});
