// Guards of requests that the server makes for steps, each taken out on its own.

import type { BrokenBuildCase } from "./broken-builds.ts";

const decide = "engine/src/attempts/decide-gateway.ts";

export const brokenRequests: readonly BrokenBuildCase[] = [
  {
    name: "what of a request is withheld from the store",
    edits: [
      {
        file: "engine/src/ops/gateway.ts",
        from: "storedRequestJson(stored)",
        to: "storedRequestJson({ ...request, withheld: [] })",
      },
    ],
    seed: 1,
    withRequests: true,
    notices: /W8/,
  },
  {
    name: "the attempts of a request",
    edits: [{ file: decide, from: "run.attempt + 1 >= run.entry.maxAttempts", to: "run.attempt >= 0" }],
    seed: 1,
    faults: { farError: 0.4, farReset: 0.4 },
    withRequests: true,
    notices: /W8/,
  },
  {
    name: "the failure of an answer that says so",
    edits: [{ file: decide, from: 'op === "Gateway" || reply.status <= 299', to: "reply.status > 0" }],
    seed: 5,
    faults: { farError: 0.4 },
    withRequests: true,
    notices: /W8/,
  },
  {
    name: "the memory of keys that were asked for again",
    edits: [
      {
        file: "engine/src/attempts/attempt-gateway.ts",
        from: "  if (credentials !== undefined) workshop.credentials.keep(run.runId, step.stepId, credentials);\n",
        to: "",
      },
    ],
    seed: 2,
    faults: { restart: 0.05, farReset: 0.6 },
    withRequests: true,
    notices: /W8/,
  },
  {
    name: "the second look for keys, after the journal was read",
    edits: [
      {
        file: "engine/src/attempts/attempt-gateway.ts",
        from: "const reported = workshop.credentials.find(run.runId, step.stepId);",
        to: "const reported = undefined as typeof known;",
      },
    ],
    seed: 5,
    faults: { restart: 0.05, farReset: 0.6, slowStore: 0.3 },
    withRequests: true,
    notices: /W8/,
  },
  {
    name: "the memory of keys that were reported",
    edits: [
      {
        file: "engine/src/attempts/execute-attempts.ts",
        from: "    if (decision.credentials !== undefined) keepCredentials(workshop, run, decision.credentials);\n",
        to: "",
      },
    ],
    seed: 1,
    withRequests: true,
    notices: /W8/,
  },
];
