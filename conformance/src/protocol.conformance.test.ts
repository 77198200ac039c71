// The numbered rules of the protocol over raw HTTP, against servers of each kind that the cases need.

import { type ConformanceCase, conformanceCases, factsOf, lacks, type Need, runCase, type Target } from "@stepwell/protocol/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

const signingKey = "8ee2262a15e8d3c42d6a840db7af3de2aab08ef632b32a37a687f24b34dba3ff";
const eventKey = "conformance-key";

interface Profile {
  readonly name: string;
  readonly options: Parameters<typeof startTestServer>[0];
  readonly target: Omit<Target, "baseUrl">;
  readonly facts: readonly Need[];
  /** It is judged by every case it can be; the others only by what no complete one can show. */
  readonly isComplete: boolean;
}

const retryIntervalMs = 40;
/** Longer than a case waits for anything, so that it says itself what did not come. */
const caseTimeoutMs = 60_000;
const profiles: readonly Profile[] = [
  {
    name: "dev",
    options: {},
    target: { retryIntervalMs },
    facts: ["dev", "unsigned", "no_event_key", "quick_retries"],
    isComplete: true,
  },
  {
    name: "start with keys",
    options: { mode: "start", signingKeys: [signingKey], eventKeys: [eventKey] },
    target: { signingKey, eventKey, retryIntervalMs },
    facts: ["cloud", "signed", "event_key", "quick_retries"],
    isComplete: true,
  },
  {
    name: "dev on the table of back-offs",
    options: { engine: { retryIntervalMs: undefined } },
    target: {},
    facts: ["dev", "unsigned", "no_event_key", "table_retries"],
    isComplete: false,
  },
];

function casesFor(profile: Profile): readonly ConformanceCase[] {
  const runnable = ({ facts }: Profile): readonly ConformanceCase[] =>
    conformanceCases.filter((each) => lacks(each, new Set(facts)).length === 0);
  if (profile.isComplete) return runnable(profile);
  const elsewhere = new Set(profiles.filter(({ isComplete }) => isComplete).flatMap(runnable));
  return runnable(profile).filter((each) => !elsewhere.has(each));
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

  const cases = casesFor(profile).map((each) => [`${each.rule} ${each.name}`, each] as const);
  test.concurrent.for(cases)("%s", { timeout: caseTimeoutMs }, ([, each]) => runCase(each, target));
});

test("every case is judged somewhere", () => {
  const judged = new Set(profiles.flatMap(casesFor));
  expect(conformanceCases.filter((each) => !judged.has(each)).map(({ name }) => name)).toEqual([]);
});
