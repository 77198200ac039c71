import type { Call } from "@stepwell/engine";
import { asJson, type JsonText } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { httpTransport } from "./http-transport.ts";

/** A call of a function at an address, with an event of that data. */
function callOf(url: string, data: JsonText = asJson({})): Call {
  const event = { id: "01J00000000000000000000000", name: "a", ts: 0, data };
  return {
    target: { slug: "app-f", uuid: "00000000-0000-5000-8000-000000000000", url, appName: "app", sdk: "js:v4" },
    runId: "01J00000000000000000000001",
    itemId: "01J00000000000000000000001",
    generation: 1,
    requestId: "01J00000000000000000000002",
    attempt: 0,
    maxAttempts: 1,
    version: -1,
    plan: false,
    events: [event],
    memos: new Map(),
  } as unknown as Call;
}

test("a call that cannot be signed is its own failure, and is not tried again", async () => {
  const transport = httpTransport({ signingKey: "00ff", wallNow: () => 0 });
  const levels = 100_000; // Of an event that was stored before there was a limit.
  const reply = await transport.call(callOf("http://localhost:1/", ("[".repeat(levels) + "]".repeat(levels)) as JsonText), undefined);
  expect(reply).toMatchObject({ kind: "error", code: "json_too_deep", noRetry: true });
  await transport.close();
});
