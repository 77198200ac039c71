// Mutations of `POST /v0/gql`, and what it does not answer.

import { asJson, limits } from "@stepwell/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KeyRing } from "../src/keys/key-ring.ts";
import { type GraphqlShop, graphqlShop } from "./graphql-shop.ts";
import { smallServer } from "./small-server.ts";

let shop: GraphqlShop;
let { runIds, gql, data } = {} as GraphqlShop;

beforeAll(async () => {
  shop = await graphqlShop();
  ({ runIds, gql, data } = shop);
});
afterAll(() => shop.server.stop());

describe("mutations", () => {
  test("a run is cancelled once, again for nothing, and never when it has ended otherwise", async () => {
    const cancel = "mutation($id: ULID!) { cancelRun(runID: $id) { id status } }";
    const [eventId] = (await shop.server.post("/e/key", { name: "shop/sleeps" })).body.ids;
    const find = async () => (await data("query($id: ULID!) { eventV2(id: $id) { runs { id status } } }", { id: eventId })).eventV2.runs[0];
    await expect.poll(async () => (await find()).status, { timeout: 10_000 }).toBe("RUNNING");
    const { id } = await find();
    for (let time = 0; time < 2; time += 1) expect(await data(cancel, { id })).toEqual({ cancelRun: { id, status: "CANCELLED" } });
    expect((await gql(cancel, { id: runIds["good"] })).body).toMatchObject({
      data: { cancelRun: null },
      errors: [{ message: "cannot cancel an ended run" }],
    });
    expect((await gql(cancel, { id: "01J00000000000000000000000" })).body.errors).toHaveLength(1);
    expect((await gql(cancel, { id: "x" })).body.errors).toHaveLength(1);
  });

  test("a function is invoked by its slug, and one that nobody knows is named", async () => {
    const invoke =
      "mutation($slug: String!, $data: Map) { invokeFunction(functionSlug: $slug, data: $data, user: null, debugSessionID: null) }";
    expect(await data(invoke, { slug: "shop-good", data: { n: 1 } })).toEqual({ invokeFunction: true });
    expect((await gql(invoke, { slug: "shop-none" })).body.errors).toMatchObject([
      { message: "could not find function with ID: shop-none" },
    ]);
  });

  test("an app that cannot be reached is not added", async () => {
    const { body } = await gql('mutation { createApp(input: {url: "localhost:1/api/inngest"}) { id } }');
    expect(body).toMatchObject({
      data: { createApp: null },
      errors: [{ message: expect.stringContaining("http://localhost:1/api/inngest") }],
    });
    expect((await gql('mutation { createApp(input: {url: "http://["}) { id } }')).body.errors).toHaveLength(1);
    expect(await data('mutation { deleteAppByName(name: "none") }')).toEqual({ deleteAppByName: false });
    expect((await gql('mutation { deleteApp(id: "none") }')).body.errors).toHaveLength(1);
  });
});

describe("what is not answered", () => {
  test.each([
    ["no JSON", "{", 400],
    ["a list", "[]", 400],
    ["no query", "{}", 422],
    ["a query that is no text", '{"query":7}', 422],
    ["no document", '{"query":"{"}', 422],
    ["an unknown field", '{"query":"{ nope }"}', 422],
    ["an unknown operation", '{"query":"query a { apps { id } }","operationName":"b"}', 422],
    ["a variable that is missing", '{"query":"query($id: String!) { run(runID: $id) { id } }"}', 422],
    ["variables that are nested too deep", `{"query":"{ apps { id } }","variables":${"[".repeat(600)}${"]".repeat(600)}}`, 400],
    ["a body that is too large", `"${"x".repeat(2 ** 20)}"`, 413],
  ])("%s", async (_, body, status) => {
    expect(await shop.server.post("/v0/gql", body)).toMatchObject({ status, body: { errors: [{ message: expect.any(String) }] } });
  });

  test("a query that is too deep, names too many fields, or has fragments that come to them", async () => {
    const deep = (levels: number): string =>
      `{ run(runID: "x") { trace { name ${"parentSpan { ".repeat(levels)} name ${"} ".repeat(levels)} } } }`;
    expect((await gql(deep(limits.gqlDepthMax - 3))).status).toBe(200);
    expect(await gql(deep(limits.gqlDepthMax - 2))).toMatchObject({
      status: 422,
      body: { errors: [{ message: expect.stringContaining("gqlDepthMax") }] },
    });
    const many = Array.from({ length: limits.gqlFieldsMax }, (_, index) => `a${index}: id`).join(" ");
    expect((await gql(`{ apps { ${many} } }`)).body.errors[0].message).toMatch(/gqlFieldsMax|token/);
    const bomb = Array.from(
      { length: 15 },
      (_, index) => `fragment f${index} on App { id ...f${index + 1} ...f${index + 1} ...f${index + 1} }`,
    ).join(" ");
    expect((await gql(`{ apps { ...f0 } } ${bomb} fragment f15 on App { id }`)).body.errors[0].message).toContain("gqlFieldsMax");
    const circle = "{ apps { ...a } } fragment a on App { ...b } fragment b on App { ...a }";
    expect((await gql(circle)).status).toBe(422);
  });

  test("more rows and reads than a query may have, however few are stored", async () => {
    const around = (levels: number): string => (levels === 0 ? "name" : `functions { app { ${around(levels - 1)} } }`);
    const rows = await gql(`{ apps { ${around(7)} } }`);
    expect(rows.status).toBe(200);
    expect(rows.body.errors[0].message).toContain("gqlRowsMax");
    const reads = Array.from(
      { length: limits.gqlReadsMax + 1 },
      (_, index) => `a${index}: run(runID: "01J${String(index).padStart(23, "0")}") { id }`,
    );
    const { body } = await gql(`{ ${reads.join(" ")} }`);
    expect(body.errors[0].message).toMatch(/gqlReadsMax|token/);
  });

  test("a page with a cursor, a time or a size that is none", async () => {
    const runs = (given: string) => gql(`{ runs(${given}) { totalCount } }`);
    for (const given of [
      'after: "x"',
      "first: 0",
      'filter: {from: "yesterday"}',
      'filter: {query: "x"}',
      'filter: {query: "event.data.n ="}',
      "filter: {timeField: ENDED_AT}, orderBy: [{field: QUEUED_AT, direction: ASC}]",
    ])
      expect((await runs(given)).body.errors).toHaveLength(1);
    expect((await runs("filter: {isDeferred: true}")).body).toEqual({ data: { runs: { totalCount: 0 } } });
  });

  test("anything, where the server is without what dashboards read", async () => {
    const bare = await smallServer({
      functions: ["good"],
      answer: () => ({ kind: "result", data: asJson(1), sdk: "js:v4" }),
      settings: { noUi: true },
    });
    expect((await bare.post("/v0/gql", { query: "{ apps { name } }" })).status).toBe(404);
    expect((await bare.get("/api/v1/openapi.json")).body.paths).not.toHaveProperty("/v0/gql");
    expect((await bare.get("/api/v1/runs")).status).toBe(200);
    await bare.stop();
  });

  test("anybody, where keys are asked for", async () => {
    const keys = new KeyRing({ given: { signingKeys: ["00ff"], eventKeys: [] }, wallNow: Date.now });
    const headers = { authorization: "Bearer 00ff" };
    const closed = await smallServer({
      functions: ["good"],
      answer: () => ({ kind: "result", data: asJson(1), sdk: "js:v4" }),
      settings: { mode: "start", keys },
      headers,
    });
    expect((await closed.post("/v0/gql", { query: "{ apps { name } }" })).body).toEqual({ data: { apps: [{ name: "shop" }] } });
    expect((await closed.post("/v0/gql", { query: "{ apps { name } }" }, { authorization: "Bearer 00fe" })).status).toBe(401);
    await closed.stop();
  });
});
