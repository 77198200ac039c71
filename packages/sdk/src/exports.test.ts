// Small things that the package exports, which applications use beside clients, functions and steps.

import { describe, expect, expectTypeOf, test, vi } from "vitest";
import {
  azureOpenai,
  ConsoleLogger,
  type Context,
  deepseek,
  type EventNameFromTrigger,
  EventSchemas,
  EventType,
  type FailureEventArgs,
  FunctionReference,
  type GetEvents,
  type GetFunctionInput,
  type GetFunctionOutput,
  type GetStepTools,
  gemini,
  grok,
  type Handler,
  headerKeys,
  Inngest,
  type InngestCommHandler,
  type InngestFunction,
  InngestMiddleware,
  internalEvents,
  isInngest,
  isInngestFunction,
  isInngestMiddleware,
  isInngestRequest,
  type Logger,
  models,
  NonRetriableError,
  openaiResponses,
  ProxyLogger,
  queryKeys,
  RetryAfterError,
  type SendEventPayload,
  type ServeHandlerOptions,
  StepError,
  Stepwell,
  serializeError,
  slugify,
  version,
  wrapStringFirstLogger,
} from "./index.ts";

describe("the client's other name", () => {
  test("is the same class, with the types that hang on it", () => {
    expect(Inngest).toBe(Stepwell);
    const client: Inngest.Any = new Inngest({ id: "app" });
    const fn: InngestFunction.Any = client.createFunction({ id: "f" }, { event: "go" }, () => 1);
    expect(client).toBeInstanceOf(Stepwell);
    expect([fn.id(), fn.id("app"), fn.name, client.funcs.length]).toEqual(["f", "app-f", "f", 1]);
    const options: ServeHandlerOptions = { client, functions: [fn] };
    expect(options.functions).toHaveLength(1);
    expectTypeOf<InngestCommHandler>().toBeObject();
  });

  test("types of a client say what its functions get", () => {
    const client = new Inngest({ id: "app", schemas: new EventSchemas().fromRecord<{ go: { data: { n: number } } }>() });
    const fn = client.createFunction({ id: "f" }, { event: "go" }, ({ event }) => event.data.n > 1);
    expectTypeOf<GetEvents<typeof client>["go"]["data"]>().toEqualTypeOf<{ n: number }>();
    expectTypeOf<GetFunctionInput<typeof client, "go">["event"]["data"]>().toEqualTypeOf<{ n: number }>();
    expectTypeOf<GetFunctionOutput<typeof fn>>().toEqualTypeOf<boolean>();
    expectTypeOf<GetStepTools<typeof client>["sleep"]>().toBeFunction();
    expectTypeOf<EventNameFromTrigger<{ event: "a" }>>().toEqualTypeOf<"a">();
    expectTypeOf<FailureEventArgs["error"]>().toEqualTypeOf<Error>();
    expectTypeOf<SendEventPayload>().not.toBeNever();
    const handler: Handler = ({ step }: Context) => step.run("a", () => 1);
    expect(typeof handler).toBe("function");
  });
});

describe("kinds", () => {
  const client = new Stepwell({ id: "app" });
  const fn = client.createFunction({ id: "f" }, () => 1);
  const middleware = new InngestMiddleware({ name: "m", init: () => ({}) });

  test("are told by their marks, whatever copy of the package made them", () => {
    expect([isInngest(client), isInngest({ ...client, [Symbol.toStringTag]: "Inngest.App" }), isInngest(fn), isInngest(null)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([isInngestFunction(fn), isInngestFunction(client)]).toEqual([true, false]);
    expect([isInngestMiddleware(middleware), isInngestMiddleware({})]).toEqual([true, false]);
    expect(new EventType({ name: "a", schema: undefined })).toMatchObject({ name: "a", event: "a" });
    expect(new FunctionReference({ functionId: "x" })[Symbol.toStringTag]).toBe("Inngest.FunctionReference");
  });

  test("of requests are told by what a server sends with them", () => {
    const request = (url: string, method: string, headers: Record<string, string> = {}) =>
      isInngestRequest({ url, method, headers: new Headers(headers) });
    expect(request("http://x/?fnId=f", "POST")).toBe(true);
    expect(request("http://x/", "PUT", { "x-inngest-server-kind": "dev" })).toBe(true);
    expect(request("http://x/", "POST", { "x-inngest-signature": "t=1&s=0" })).toBe(true);
    expect(request("http://x/", "POST")).toBe(false);
    expect(isInngestRequest({ url: "/x", method: "GET", headers: {} })).toBe(false);
  });
});

test.each([
  ["Hello World!", "hello-world"],
  ["a__b", "a-b"],
  ["--x--Y", "x-y"],
  ["a/b.c", "a-b-c"],
  [" trim ", "trim"],
])("slugify %j", (text, slug) => {
  expect(slugify(text)).toBe(slug);
});

test("names of the protocol", () => {
  expect(headerKeys.Signature).toBe("x-inngest-signature");
  expect(queryKeys.FnId).toBe("fnId");
  expect(internalEvents.FunctionFailed).toBe("inngest/function.failed");
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

describe("errors", () => {
  test("cross the wire with their causes, as deep as is of use", () => {
    const deep = new TypeError("outer", { cause: new Error("inner", { cause: { code: 5 } }) });
    expect(serializeError(Object.assign(deep, { code: "E" }))).toMatchObject({
      name: "TypeError",
      message: "outer",
      code: "E",
      cause: { message: "inner", cause: { code: 5 } },
      __serialized: true,
    });
    const circle = new Error("round");
    circle.cause = circle;
    expect(JSON.stringify(serializeError(circle)).length).toBeLessThan(20_000);
  });

  test("know what they are", () => {
    expect(new NonRetriableError("no", { cause: 1 })).toMatchObject({ name: "NonRetriableError", cause: 1 });
    expect(new RetryAfterError("later", "90s")).toMatchObject({ retryAfter: "90", retryAfterMs: 90_000 });
    expect(new RetryAfterError("later", 1_200).retryAfter).toBe("2");
    expect(new RetryAfterError("then", new Date(0)).retryAfter).toBe("1970-01-01T00:00:00.000Z");
    expect(() => new RetryAfterError("when", "soon")).toThrow("retryAfter is milliseconds");
    expect(new StepError("a", { name: "RangeError", message: "m", stack: "s" })).toMatchObject({
      name: "RangeError",
      message: "m",
      stack: "s",
      stepId: "a",
    });
  });
});

describe("loggers", () => {
  const recorder = () => {
    const lines: unknown[][] = [];
    const write = (...args: readonly unknown[]) => void lines.push([...args]);
    return { lines, logger: { info: write, warn: write, error: write, debug: write } satisfies Logger };
  };

  test("can be silenced", async () => {
    const { lines, logger } = recorder();
    const proxy = new ProxyLogger(logger);
    proxy.info("lost");
    proxy.enable();
    for (const level of ["info", "warn", "error", "debug"] as const) proxy[level](level);
    proxy.disable();
    proxy.error("lost");
    await proxy.flush();
    expect(lines).toEqual([["info"], ["warn"], ["error"], ["debug"]]);
  });

  test("that want text first get it first", () => {
    const { lines, logger } = recorder();
    const turned = wrapStringFirstLogger(logger);
    turned.info({ a: 1 }, "text", 2);
    turned.warn("text", { a: 1 });
    turned.error({ a: 1 });
    turned.debug("x");
    expect(lines).toEqual([["text", { a: 1 }, 2], ["text", { a: 1 }], [{ a: 1 }], ["x"]]);
  });

  test("of the console write there", () => {
    const logger = new ConsoleLogger();
    for (const level of ["info", "warn", "error", "debug"] as const) {
      const spy = vi.spyOn(console, level).mockImplementation(() => undefined);
      logger[level]("a", 1);
      expect(spy).toHaveBeenCalledWith("a", 1);
      spy.mockRestore();
    }
  });
});

test("a console logger writes what is at least as grave as its level", () => {
  const said: string[] = [];
  const spies = (["info", "warn", "error", "debug"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => void said.push(level)),
  );
  for (const level of ["error", "info", "silent"] as const) {
    const logger = new ConsoleLogger({ level });
    for (const each of ["debug", "info", "warn", "error"] as const) logger[each]("x");
  }
  for (const spy of spies) spy.mockRestore();
  expect(said).toEqual(["error", "info", "warn", "error"]);
});

test("models of providers have their addresses and formats, and a key from the usual variable", () => {
  const about = { model: "m", apiKey: "k" };
  const of = ({ url, format, authKey }: { url?: string; format: string; authKey: string }) => [url, format, authKey];
  expect(of(openaiResponses(about))).toEqual(["https://api.openai.com/v1/responses", "openai-responses", "k"]);
  expect(of(gemini(about))).toEqual(["https://generativelanguage.googleapis.com/v1beta/models/m:generateContent", "gemini", "k"]);
  expect(of(deepseek(about))).toEqual(["https://api.deepseek.com/v1/chat/completions", "openai-chat", "k"]);
  expect(of(grok({ ...about, baseUrl: "http://x/v1" }))).toEqual(["http://x/v1/chat/completions", "grok", "k"]);
  const azure = azureOpenai({ ...about, endpoint: "https://e.test", deployment: "d", apiVersion: "v" });
  expect([...of(azure), azure.headers]).toEqual([
    "https://e.test/openai/deployments/d/chat/completions?api-version=v",
    "azure-openai",
    "k",
    { "api-key": "k" },
  ]);
  vi.stubEnv("OPENAI_API_KEY", "from the environment");
  expect(models.openai({ model: "m" }).authKey).toBe("from the environment");
  vi.unstubAllEnvs();
});
