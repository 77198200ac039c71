// Several calls in one request, through the handler that every framework wraps.

import { asJson, encodeBundledCall, encodeCallBody, type JsonText, parseBundledReply } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { Stepwell } from "../src/index.ts";
import { createHandler } from "../src/serve/create-handler.ts";

const client = new Stepwell({ id: "app", isDev: true });
const released = Promise.withResolvers<void>();
const functions = [
  client.createFunction({ id: "double", triggers: [{ event: "n" }] }, async ({ event, step }) =>
    step.run("twice", () => Number((event.data as { readonly n: number }).n) * 2),
  ),
  client.createFunction({ id: "slow", triggers: [{ event: "n" }] }, async () => released.promise),
  client.createFunction({ id: "broken", triggers: [{ event: "n" }], retries: 0 }, async () => {
    throw new Error("no");
  }),
];

function callText(slug: string, n: number): string {
  const event = asJson({ id: "e", name: "n", ts: 0, data: { n } }) as JsonText;
  const ids = { runId: `run-${n}`, itemId: `run-${n}`, functionUuid: "00000000-0000-5000-8000-000000000000", requestId: "r" };
  const content = {
    ...ids,
    events: [event],
    memos: new Map(),
    attempt: 0,
    maxAttempts: 1,
    plan: false,
    generation: 1,
    version: 2,
    useApi: false,
  };
  const body = encodeCallBody(content as unknown as Parameters<typeof encodeCallBody>[0], { canonical: false });
  return encodeBundledCall({ fnId: `app-${slug}`, stepId: "step", headers: { "x-stepwell-version": "1" }, body });
}

function requestOf(...calls: readonly string[]): Request {
  return new Request("http://localhost:3000/api/stepwell?bundle=1", { method: "POST", body: calls.join("") });
}

const handlerOf = (takesBundles: boolean) =>
  createHandler({ client, functions, registersAtStart: false }, { name: "test", isLongLived: true, takesBundles });

/** Each reply as it comes, until the body ends. */
async function* repliesOf(response: Response) {
  let text = "";
  for await (const chunk of response.body ?? []) {
    text = `${text}${new TextDecoder().decode(chunk as Uint8Array)}`.replace(/^\n+/, "");
    for (let at = text.indexOf("\n", text.indexOf("\n") + 1); at !== -1; at = text.indexOf("\n", text.indexOf("\n") + 1)) {
      const [around = "", body = ""] = text.slice(0, at).split("\n");
      text = text.slice(at + 1);
      const reply = parseBundledReply(around, body);
      if (reply !== undefined) yield { ...reply, body: JSON.parse(reply.body) as unknown };
    }
  }
}

describe("calls that come in one request", () => {
  test("are answered each by its own reply, one that is slow after those that are not", async () => {
    const response = await handlerOf(true)(requestOf(callText("slow", 0), callText("double", 1), callText("double", 2)));
    expect([response.status, response.headers.get("x-stepwell-bundles")]).toEqual([200, "1"]);
    const replies = repliesOf(response);
    const first = [(await replies.next()).value, (await replies.next()).value];
    for (const [at, n] of [
      [0, 1],
      [1, 2],
    ] as const)
      expect(first[at]).toMatchObject({
        index: n,
        status: 206,
        body: [
          { op: "StepRun", data: 2 * n },
          { op: "RunComplete", data: 2 * n },
        ],
      });
    released.resolve();
    expect((await replies.next()).value).toMatchObject({ index: 0, status: 200, body: null });
    expect((await replies.next()).done).toBe(true);
  });

  test("fail each by itself: an error, a function that does not exist, a body that is none", async () => {
    const nonsense = encodeBundledCall({ fnId: "app-double", stepId: "step", headers: {}, body: "[]" });
    const response = await handlerOf(true)(requestOf(callText("broken", 0), callText("gone", 1), nonsense, callText("double", 3)));
    const replies = [];
    for await (const reply of repliesOf(response)) replies.push(reply);
    const byIndex = replies.toSorted((one, other) => one.index - other.index);
    expect(byIndex.map(({ status }) => status)).toEqual([500, 500, 500, 206]);
    expect(byIndex[1]?.body).toMatchObject({ message: expect.stringContaining('no function "app-gone"') });
  });

  test("are refused as a whole where they cannot be read", async () => {
    const response = await handlerOf(true)(requestOf("{}\n"));
    expect([response.status, await response.json()]).toEqual([400, { message: "this handler takes one call at a time" }]);
  });

  test("are nothing for a handler whose replies go as a whole, which does not say that it takes them", async () => {
    const response = await handlerOf(false)(requestOf(callText("double", 1), callText("double", 2)));
    expect([response.status, response.headers.get("x-stepwell-bundles")]).toEqual([400, null]);
  });
});
