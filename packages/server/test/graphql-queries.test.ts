// Whatever is asked of `POST /v0/gql`: an answer or a refusal, never a 500. Documents are drawn from the schema itself, with
// arguments of every kind, and from what is nearly one.

import { asJson, hashStepId } from "@stepwell/protocol";
import fc from "fast-check";
import { buildSchema, type GraphQLNamedType, getNamedType, isEnumType, isInputObjectType, isObjectType, isUnionType } from "graphql";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { schemaText } from "../src/graphql/schema-text.ts";
import { type SmallServer, smallServer } from "./small-server.ts";

const schema = buildSchema(schemaText);
/** Values that exist, and some that do not. */
const known: string[] = ["01J00000000000000000000000", "", "x", "s:1", "\u0000", "00000000-0000-4000-8000-000000000000"];
let server: SmallServer;

beforeAll(async () => {
  server = await smallServer({
    functions: ["good", "bad", "slow"],
    answer({ target, memos }) {
      const base = { version: 2, noRetry: false, sdk: "js:v4" } as const;
      if (memos.size === 0)
        return { kind: "ops", ops: [{ kind: "StepRun", id: hashStepId("a"), name: "a", race: false, data: asJson({ n: 1 }) }], ...base };
      if (target.slug === "shop-bad") return { kind: "error", code: "function_error", error: { name: "E", message: "m" }, noRetry: true };
      if (target.slug === "shop-slow")
        return { kind: "ops", ops: [{ kind: "Sleep", id: hashStepId("b"), name: "b", race: false, target: "1h" }], ...base };
      return { kind: "result", data: asJson("done"), sdk: "js:v4" };
    },
  });
  const events = ["good", "bad", "slow"].map((name) => ({ name: `shop/${name}`, data: { name }, id: `id-${name}` }));
  known.push(...(await server.post("/e/key", events)).body.ids);
  await vi.waitFor(async () => {
    const { data } = (await server.get("/api/v1/runs")).body;
    expect(data.map((run: { status: string }) => run.status).sort()).toEqual(["completed", "failed", "waiting"]);
  });
  for (const { id } of (await server.get("/api/v1/runs")).body.data) known.push(id);
  const found = await server.post("/v0/gql", {
    query: "{ runs { edges { cursor node { trace { outputID childrenSpans { outputID } } } } } functions { id } }",
  });
  known.push(...(JSON.stringify(found.body).match(/"(?:outputID|cursor|id)":"[^"]+"/g) ?? []).map((text) => text.split('"')[3] ?? ""));
});
afterAll(() => server.stop());

type Draw = (count: number) => number;

/** A literal for an argument of the type; now and then one of another type. */
function literal(type: string, draw: Draw, levels: number): string {
  const named = schema.getType(type.replace(/[[\]!]/g, ""));
  if (draw(12) === 0) return ["null", "7", '"x"', "{}", "[]", "NOPE", "true", "-1", "1e400"][draw(9)] ?? "null";
  if (type.startsWith("["))
    return `[${Array.from({ length: draw(3) }, () => literal(type.replace(/[[\]]/g, ""), draw, levels)).join(", ")}]`;
  if (isEnumType(named)) return named.getValues()[draw(named.getValues().length)]?.name ?? "NOPE";
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter((field) => levels > 0 && (String(field.type).endsWith("!") || draw(2) === 0));
    return `{${fields.map((field) => `${field.name}: ${literal(String(field.type), draw, levels - 1)}`).join(", ")}}`;
  }
  switch (named?.name) {
    case "Int":
      return String([0, 1, 2, 40, -5, 2_147_483_647][draw(6)]);
    case "Boolean":
      return draw(2) === 0 ? "true" : "false";
    case "Time":
      return JSON.stringify(["2000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2100-01-01T00:00:00+02:00", "soon"][draw(4)]);
    case "Map":
      return "{a: [1, {b: null}]}";
    default:
      return JSON.stringify(known[draw(known.length)] ?? "");
  }
}

/** A selection of some fields of the type. */
function selection(type: GraphQLNamedType | undefined, draw: Draw, levels: number): string {
  if (isUnionType(type))
    return `{ __typename ${type
      .getTypes()
      .map((member) => `... on ${member.name} ${selection(member, draw, 0)}`)
      .join(" ")} }`;
  if (!isObjectType(type)) return "";
  const parts: string[] = ["__typename"];
  for (const field of Object.values(type.getFields())) {
    const inner = getNamedType(field.type);
    const isLeaf = !isObjectType(inner) && !isUnionType(inner);
    if (isLeaf ? draw(3) === 0 : levels === 0 || draw(3) !== 0) continue;
    const args = field.args.filter((arg) => String(arg.type).endsWith("!") || draw(2) === 0);
    const given = args.length === 0 ? "" : `(${args.map((arg) => `${arg.name}: ${literal(String(arg.type), draw, 2)}`).join(", ")})`;
    parts.push(`${field.name}${given} ${selection(inner, draw, levels - 1)}`);
  }
  return `{ ${parts.join(" ")} }`;
}

const drawn = fc.infiniteStream(fc.nat()).map(
  (stream): Draw =>
    (count) =>
      (stream.next().value ?? 0) % count,
);
const query = drawn.map((draw) => selection(schema.getQueryType() ?? undefined, draw, 4));
const mutation = drawn.map((draw) => `mutation ${selection(schema.getMutationType() ?? undefined, draw, 2)}`);

async function isAnswered(body: string, statuses: readonly number[]): Promise<void> {
  const answer = await server.post("/v0/gql", body);
  expect(statuses).toContain(answer.status);
  expect(typeof answer.body).toBe("object");
  if (answer.status !== 200) expect(answer.body.errors.length).toBeGreaterThan(0);
  expect(server.mistakes).toEqual([]);
}

test("documents of the schema are answered or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: query }, mutation), (text) =>
      isAnswered(JSON.stringify({ query: text }), [200, 422]),
    ),
    { numRuns: 60 },
  );
}, 60_000);

test("so are texts that are nearly documents, and bodies of any kind", async () => {
  const broken = fc
    .tuple(query, fc.nat(400), fc.string({ maxLength: 6 }))
    .map(([text, at, more]) => text.slice(0, at) + more + text.slice(at + more.length));
  const bodies = fc.oneof(
    broken.map((text) => JSON.stringify({ query: text })),
    fc
      .record({ query: fc.oneof(query, fc.jsonValue()), variables: fc.jsonValue(), operationName: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
    fc.json(),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(bodies, (body) => isAnswered(body, [200, 400, 422])),
    { numRuns: 60 },
  );
}, 60_000);

test("variables of any kind are read or refused", async () => {
  const text = `query($a: Int, $b: String, $c: RunsFilterV2, $d: [RunsV2OrderBy!], $e: StreamQuery!) {
    runs(first: $a, after: $b, filter: $c, orderBy: $d) { totalCount edges { cursor } } stream(query: $e) { id } }`;
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...known), fc.record({ limit: fc.integer(), before: fc.string() }));
  const variables = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), value);
  await fc.assert(
    fc.asyncProperty(variables, (given) => isAnswered(JSON.stringify({ query: text, variables: given }), [200, 422])),
    { numRuns: 60 },
  );
}, 60_000);
