// What is wrong with settings and arguments is said when an app starts, or sends, and not with the first call.

import { describe, expect, test } from "vitest";
import { callBody, path, production, setup } from "../../test/served-app.ts";
import { Middleware, Stepwell } from "../index.ts";
import { createHandler } from "./create-handler.ts";

const express = { name: "express", isLongLived: true } as const;

describe("an address that is none", () => {
  const wrong = ["ht!tp://%%", "http://", "https:///path", "ftp://example.com", "http://a b", "http://user:word@", "localhost:port"];

  test.each(wrong)("%s is refused at start and when something is sent, at once", async (baseUrl) => {
    const { client, asked } = setup({ baseUrl });
    const error = {
      code: "base_url_invalid",
      message: expect.stringContaining("no address of the web"),
      retryable: false,
      advice: expect.stringContaining("STEPWELL_BASE_URL"),
    };
    expect(() => createHandler({ client, functions: [] }, express)).toThrow(expect.objectContaining(error));
    await expect(client.send({ name: "a" })).rejects.toMatchObject(error);
    expect(asked).toEqual([]);
  });

  test.each([
    "localhost:8288",
    "http://127.0.0.1:8288",
    "https://stepwell.example.com/behind/a/path",
    "http://[::1]:8288",
    "HTTP://host_1",
  ])("%s is one", async (baseUrl) => {
    const { client, asked } = setup({ baseUrl }, {}, () => Response.json({ ids: ["01X"] }));
    await client.send({ name: "a" });
    expect(asked).toHaveLength(1);
  });
});

test.each(["maybe", "disabled"])("STEPWELL_DEV=%s is refused at start, with each request, and when something is sent", async (word) => {
  const client = new Stepwell({ id: "app", logger: { info() {}, warn() {}, error() {}, debug() {} } });
  client.setEnvVars({ STEPWELL_DEV: word, STEPWELL_BASE_URL: "http://127.0.0.1:1" });
  const error = {
    code: "base_url_invalid",
    message: expect.stringContaining(`"${word}"`),
    advice: expect.stringContaining("STEPWELL_DEV is 1, 0 or such an address"),
  };
  expect(() => createHandler({ client, functions: [] }, express)).toThrow(expect.objectContaining(error));
  await expect(client.send({ name: "a" })).rejects.toMatchObject(error);
  const handle = createHandler({ client, functions: [] }, { name: "test", isLongLived: false });
  const response = await handle(new Request("http://localhost:3000/api/inngest"));
  expect([response.status, await response.json()]).toMatchObject([500, { code: "base_url_invalid" }]);
});

describe("a signing key that is none", () => {
  const digits = "00112233445566778899aabbccddeeff";
  const wrong = [
    "signkey-prod-hello",
    "signkey-prod-",
    `signkey-prod-${digits}0`,
    `"signkey-prod-${digits}"`,
    `signkey-prod-${digits}\n`,
    "your key",
  ];

  test.each(wrong)("%j stops the app at its start, and is not shown", async (signingKey) => {
    const { client, ask } = setup({ ...production, signingKey });
    const refused = { code: "signing_key_invalid", message: expect.stringMatching(/^STEPWELL_SIGNING_KEY .* is no signing key/) };
    expect(() => createHandler({ client, functions: [] }, express)).toThrow(expect.objectContaining(refused));
    const answer = await ask("POST", "/api/inngest?fnId=app-one&stepId=step", callBody());
    expect(answer).toMatchObject({ status: 500, body: refused });
    expect(answer.raw).not.toContain(digits);
  });

  test("may be the one of before", () => {
    const { client } = setup({ ...production, signingKeyFallback: "signkey-prod-old" });
    expect(() => createHandler({ client, functions: [] }, express)).toThrow(/^STEPWELL_SIGNING_KEY_FALLBACK .* is no signing key/);
  });

  test.each([digits, `signkey-test-${digits.toUpperCase()}`])("is not %s", (signingKey) => {
    const { client } = setup({ ...production, signingKey });
    expect(() => createHandler({ client, functions: [], registersAtStart: false }, express)).not.toThrow();
  });

  test("is nobody's business in dev", () => {
    const { client } = setup({ isDev: true, signingKey: "hello" });
    expect(() => createHandler({ client, functions: [], registersAtStart: false }, express)).not.toThrow();
  });
});

test.each([
  ["no client", { functions: [] }, "serve needs a client"],
  ["no functions", { client: new Stepwell({ id: "a", isDev: true }) }, "serve needs a list of functions"],
  [
    "a function of another package",
    { client: new Stepwell({ id: "a", isDev: true }), functions: [{ id: () => "x" }] },
    "functions[0] was not made by",
  ],
  [
    "a function that its file has not exported yet",
    { client: new Stepwell({ id: "a", isDev: true }), functions: [undefined] },
    "functions[0] was not made by",
  ],
])("%s is a mistake with a code", (_, options, sentence) => {
  expect(() => createHandler(options as never, express)).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(sentence) }),
  );
});

test("a function may be of another client of the same id, as a second copy of its file makes one", () => {
  const [client, copy] = [new Stepwell({ id: "a", isDev: true }), new Stepwell({ id: "a", isDev: true })];
  const functions = [copy.createFunction({ id: "x" }, () => 1)];
  expect(() => createHandler({ client, functions, registersAtStart: false }, express)).not.toThrow();
});

test("a function of another app is served as one of this, with what its own client has, and the log says so", async () => {
  class Named extends Middleware.BaseMiddleware {
    readonly id = "named";
    override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
      return { ...args, ctx: { ...args.ctx, from: "its own client" } };
    }
  }
  const warned: string[] = [];
  const logger = { info() {}, error() {}, debug() {}, warn: (text: string) => void warned.push(text) };
  const other = new Stepwell({ id: "other", isDev: true, middleware: [Named] });
  const one = other.createFunction({ id: "one", triggers: { event: "go" } }, (context) => (context as unknown as { from: string }).from);
  const { ask } = setup({ internalLogger: logger }, { functions: [one] as never });
  expect((await ask("POST", path, callBody())).body).toBe("its own client");
  expect(warned).toEqual(['stepwell: the function "one" is of the client "other", and is served as one of "app".']);
});

test.each([undefined, {}, { id: "" }])("a client of %j is refused with a sentence", (options) => {
  expect(() => new Stepwell(options as never)).toThrow(
    expect.objectContaining({ code: "function_id_invalid", message: 'the client needs an id: new Stepwell({ id: "my-app" })' }),
  );
});
