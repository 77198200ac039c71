// Every endpoint, with requests that are right, and right but for one or two fields: a clear answer, never a 500. A share of
// them must succeed, or the test would only ever see the first check.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Route } from "../src/route.ts";
import { routeTable } from "../src/route-table.ts";
import { type Example, exampleOf, refusesAlways } from "./endpoint-examples.ts";
import { EndpointWorld, type Mode } from "./endpoint-world.ts";

const wholeRequests = 8;
const spoiltRequests = 16;
/** Of all answers: the whole requests, and of the others some. */
const goodShareMin = wholeRequests / (wholeRequests + spoiltRequests);

/** What is done to one field: which, counted over all fields of the request, and what comes in its place. */
interface Spoiling {
  readonly place: number;
  readonly value: unknown;
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", "01J00000000000000000000000", "%", "../..", "null", "9".repeat(400), -1, 1e21, Number.MAX_SAFE_INTEGER),
  fc.constantFrom("event.data.", "1/0 == 1", "event.data.n in event.data", "size(event) > 0", "2026-13-45", "275760-09-13T00:00:00Z"),
  fc.constant(undefined),
);
const spoilings = fc.array(fc.record({ place: fc.nat({ max: 200 }), value }), { minLength: 1, maxLength: 2 });

type Path = readonly (string | number)[];

/** The places of a JSON value, its own included. */
function placesOf(json: unknown, path: Path = []): readonly Path[] {
  if (typeof json !== "object" || json === null) return [path];
  return [path, ...Object.entries(json).flatMap(([key, member]) => placesOf(member, [...path, key]))];
}

/** `undefined` takes the place away. */
function withValue(json: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = (Array.isArray(json) ? [...json] : { ...(json as object) }) as Record<string | number, unknown>;
  copy[key] = withValue(copy[key], rest, replacement);
  return copy;
}

function spoil(example: Example, all: readonly Spoiling[]): Example {
  let spoilt: Example = example;
  for (const { place, value: replacement } of all) {
    const { params = {}, query = {}, body, headers = {} } = spoilt;
    const places = placesOf({ params, query, headers, ...(body === undefined ? {} : { body }) }).filter(
      (path) => path.length > 1 || path[0] === "body",
    );
    const path = places[place % Math.max(1, places.length)];
    if (path !== undefined) spoilt = withValue(spoilt, path, replacement) as Example;
  }
  return spoilt;
}

function textOf(json: unknown): string {
  return typeof json === "string" ? json : (JSON.stringify(json) ?? "");
}

function ask(world: EndpointWorld, route: Route, { params = {}, query = {}, body, headers = {} }: Example) {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(textOf(params[name]).toWellFormed()));
  const search = new URLSearchParams(Object.entries(query).map(([name, each]) => [name, textOf(each)]));
  const printable = Object.entries(headers).map(
    ([name, each]) =>
      [
        name,
        textOf(each)
          .replace(/[^\x20-\x7e]/g, "?")
          .trim(),
      ] as const,
  );
  return world.ask(route.method, search.size === 0 ? path : `${path}?${search}`, {
    ...(route.method === "GET" || body === undefined ? {} : { body: textOf(body) }),
    headers: Object.fromEntries(printable),
  });
}

describe.for<Mode>(["dev", "start"])("in %s", (mode) => {
  let world: EndpointWorld;
  beforeAll(async () => {
    world = await EndpointWorld.open(mode);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const routes = routeTable.filter((route) => mode === "dev" || route.devOnly !== true);

  test.for(routes.map((route) => [`${route.method} ${route.path}`, route] as const))("%s answers whatever comes", async ([, route]) => {
    const make = exampleOf(route);
    if (make === undefined) throw new Error("the endpoint has no example in endpoint-examples.ts");
    let good = 0;
    const look = async (all: readonly Spoiling[]): Promise<number> => {
      const answer = await ask(world, route, spoil(await make(world), all));
      expect(answer.status, answer.text).not.toBe(500);
      if (answer.status >= 400) expect(said(answer), answer.text).toMatch(/\w/);
      if (answer.status < 300) good += 1;
      return answer.status;
    };
    const whole: number[] = [];
    for (let n = 0; n < wholeRequests; n += 1) whole.push(await look([]));
    if (!refusesAlways(route)) expect(whole.filter((status) => status >= 300)).toEqual([]);
    await fc.assert(
      fc.asyncProperty(spoilings, async (all) => void (await look(all))),
      { numRuns: spoiltRequests },
    );
    if (!refusesAlways(route)) expect(good / (wholeRequests + spoiltRequests)).toBeGreaterThanOrEqual(goodShareMin);
    expect(world.mistakes).toEqual([]);
  });

  if (mode === "start")
    test("a request without the key does nothing", async () => {
      for (const route of routes.filter(({ access }) => access === "signing_key")) {
        const example = await exampleOf(route)?.(world);
        const answer = await ask(world, route, { ...example, headers: { authorization: "Bearer signkey-test-00" } });
        expect([route.path, answer.status]).toEqual([route.path, 401]);
      }
    });
});

/** What an error says, in whichever form it comes. */
function said({ body, text }: Awaited<ReturnType<EndpointWorld["ask"]>>): string {
  return body?.detail ?? body?.error ?? body?.errors?.[0]?.message ?? text;
}
