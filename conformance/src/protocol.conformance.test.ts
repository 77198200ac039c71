// The numbered rules of the protocol over raw HTTP, against servers of each kind that the cases need.

import { type ConformanceCase, conformanceCases, factsOf, lacks, runCase, type Target } from "@stepwell/protocol/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

const signingKey = "8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";
const eventKey = "conformance-key";

interface Profile {
  readonly name: string;
  readonly options: Parameters<typeof startTestServer>[0];
  readonly target: Omit<Target, "baseUrl">;
  readonly facts: readonly string[];
}

const retryIntervalMs = 40;
const profiles: readonly Profile[] = [
  {
    name: "dev",
    options: {},
    target: { retryIntervalMs },
    facts: ["dev", "unsigned", "no_event_key", "quick_retries"],
  },
  {
    name: "start with keys",
    options: { mode: "start", signingKeys: [signingKey], eventKeys: [eventKey] },
    target: { signingKey, eventKey, retryIntervalMs },
    facts: ["cloud", "signed", "event_key", "quick_retries"],
  },
  {
    name: "dev on the table of back-offs",
    options: { engine: { retryIntervalMs: undefined } },
    target: {},
    facts: ["dev", "unsigned", "no_event_key", "table_retries"],
  },
];

/** Each case runs wherever it can be told, but what only the first kind needs to show is not shown again by the others. */
function casesFor(profile: Profile): readonly ConformanceCase[] {
  const runnable = (each: Profile): readonly ConformanceCase[] =>
    conformanceCases.filter((one) => lacks(one, new Set(each.facts) as never).length === 0);
  const earlier = new Set(profiles.slice(0, profiles.indexOf(profile)).flatMap(runnable));
  // The signed server judges everything again: every body is canonical there, and every request has a key.
  return profile.name === "start with keys" ? runnable(profile) : runnable(profile).filter((one) => !earlier.has(one));
}

describe.for(profiles)("$name", (profile) => {
  let server: TestServer;
  let target: Target;

  beforeAll(async () => {
    server = await startTestServer(profile.options);
    target = { ...profile.target, baseUrl: server.url };
  });
  afterAll(() => server.stop());

  test("the server is of the kind the cases take it for", async () => {
    expect([...(await factsOf(target))].sort()).toEqual([...profile.facts].sort());
  });

  test.concurrent.for(casesFor(profile).map((each) => [`${each.rule} ${each.name}`, each] as const))("%s", ([, each]) =>
    runCase(each, target),
  );
});

test("every case is judged somewhere", () => {
  const judged = new Set(profiles.flatMap(casesFor));
  expect(conformanceCases.filter((each) => !judged.has(each)).map(({ name }) => name)).toEqual([]);
});
