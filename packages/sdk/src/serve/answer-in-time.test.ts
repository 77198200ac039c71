// A promise that never settles: the call is answered before the server gives it up, with what is open.

import { expect, test, vi } from "vitest";
import { callBody, setup } from "../../test/served-app.ts";
import { type FunctionContext, Stepwell } from "../index.ts";

/** Answers a call of the function whose server waits for a second. */
async function answered(
  handler: (context: FunctionContext) => unknown,
  headers: Record<string, string> = { "x-stepwell-call-ms": "1000" },
) {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const client = new Stepwell({ id: "app", isDev: true });
    const { ask } = setup({}, { functions: [client.createFunction({ id: "f", triggers: { event: "go" } }, handler)] });
    const answer = ask("POST", "/x?fnId=app-f&stepId=step", callBody(), { "x-stepwell-version": "1", ...headers });
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    // What runs takes turns of the event loop, which stay real.
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(899);
    expect(isAnswered).toBe(false);
    await vi.advanceTimersByTimeAsync(headers["x-stepwell-call-ms"] === undefined ? 7_200_000 : 1);
    return await answer;
  } finally {
    vi.useRealTimers();
  }
}

const never = () => new Promise<never>(() => undefined);

test.each([
  ["the code of a step", async ({ step }: FunctionContext) => step.run("hangs", never), 'its step "hangs" is still open'],
  [
    "the code after a step",
    async ({ step }: FunctionContext) => {
      await step.run("a", () => 1);
      await never();
    },
    "it awaits something outside of its steps",
  ],
])("in %s", async (_, handler, what) => {
  const { status, body } = await answered(handler);
  expect([status, body]).toMatchObject([
    500,
    { code: "request_duration_too_long", message: `the call of app-f did not end within 1s (callMsMax): ${what}` },
  ]);
});

test("where the server does not say how long it waits, that is two hours", async () => {
  expect((await answered(never, {})).body).toMatchObject({ message: expect.stringContaining("within 2h (callMsMax)") });
});
