import { afterAll, beforeAll, expect, test } from "vitest";
import { type GraphqlShop, graphqlShop } from "./graphql-shop.ts";

let shop: GraphqlShop;

beforeAll(async () => {
  shop = await graphqlShop();
});
afterAll(() => shop.server.stop());

async function runsWhere(query: string): Promise<readonly string[]> {
  const { runs } = await shop.data(
    "query($q: String) { runs(filter: {query: $q}) { edges { node { eventName } } totalCount pageInfo { hasNextPage } } }",
    { q: query },
  );
  expect(runs.totalCount).toBe(runs.edges.length);
  return runs.edges.map(({ node }: { node: { eventName: string } }) => node.eventName.replace("shop/", "")).sort();
}

test.for([
  ['event.name == "shop/good"', ["good"]],
  ['event.data.name in ["bad", "lost"] && output.name == "CardError"', ["bad", "lost"]],
  ["output.ok == true", ["good", "inngest/function.invoked"]],
  ['event.name.startsWith("shop/")\nevent.data.name == "good"', ["good"]],
  ['event.id == "order-1"', ["good"]],
  ["event.data.nothing > 1", []],
  ["event.data.name", []],
  ["  \n ", ["bad", "flaky", "good", "inngest/function.invoked", "lost", "parent", "sleeps", "waits"]],
] as const)("runs where %s", async ([query, names]) => {
  expect(await runsWhere(query)).toEqual(names);
});

test("events where a condition holds, page by page", async () => {
  const text =
    "query($q: String, $after: String) { eventsV2(first: 1, after: $after, filter: {query: $q}) { edges { node { name } } totalCount pageInfo { hasNextPage endCursor } } }";
  const q = 'event.data.name == "good" || event.data.name == "bad"';
  const { eventsV2: first } = await shop.data(text, { q });
  expect(first).toMatchObject({ edges: [{ node: { name: "shop/bad" } }], totalCount: 2, pageInfo: { hasNextPage: true } });
  const { eventsV2: second } = await shop.data(text, { q, after: first.pageInfo.endCursor });
  expect(second).toMatchObject({ edges: [{ node: { name: "shop/good" } }], pageInfo: { hasNextPage: false } });
});

test("events of a session are found by it", async () => {
  await shop.server.post("/e/key", { name: "shop/other", data: {}, meta: { sessions: { user: "u_1" } } });
  const { eventsV2 } = await shop.data("query($q: String) { eventsV2(filter: {query: $q}) { edges { node { name } } } }", {
    q: 'event.meta.sessions["user"] == "u_1"',
  });
  expect(eventsV2.edges).toEqual([{ node: { name: "shop/other" } }]);
});

test("what is no condition is refused with its place; output is of runs alone", async () => {
  const ask = async (field: string, query: string) =>
    (await shop.gql(`query($q: String) { ${field}(filter: {query: $q}) { totalCount } }`, { q: query })).body.errors?.[0].message;
  expect(await ask("runs", "event.data.n = 1")).toContain("column");
  expect(await ask("eventsV2", "output.ok")).toContain('"output" is not declared');
  expect(await ask("runs", "event.data.n == 1\nnope == 2")).toContain('"nope"');
  const list = `[${"0,".repeat(200)}0]`;
  const heavy = `${list}.exists(a, ${list}.exists(b, ${list}.exists(c, a + b + c == 1)))`;
  expect(await ask("runs", heavy)).toContain("too much work");
});
