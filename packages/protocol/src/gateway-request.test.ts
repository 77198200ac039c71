import { describe, expect, test } from "vitest";
import { readGatewayRequest } from "./gateway-request.ts";

const fetchOf = (opts: Record<string, unknown>) => readGatewayRequest("Gateway", { url: "https://a.test/x", ...opts });
const inferOf = (opts: Record<string, unknown>) =>
  readGatewayRequest("AIGateway", { url: "https://a.test/v1", auth_key: "sk-1", body: { q: 1 }, ...opts });

describe("step.fetch", () => {
  test("is sent as it stands, by POST where it names no method, under the server's own name", () => {
    expect(fetchOf({ body: "not json" })).toEqual({
      method: "POST",
      url: "https://a.test/x",
      headers: [["user-agent", "Inngest"]],
      body: "not json",
    });
    expect(fetchOf({ method: "put", headers: { "User-Agent": "mine", "x-a": "1" } })).toEqual({
      method: "PUT",
      url: "https://a.test/x",
      headers: [
        ["User-Agent", "mine"],
        ["x-a", "1"],
      ],
    });
  });

  test("headers of a connection are left out, lists are several headers, and a body that is no text is JSON", () => {
    expect(
      fetchOf({ headers: { Connection: "close", "content-length": "3", "x-a": ["1", 2], "x-b": null }, body: { a: 1 } }),
    ).toMatchObject({
      headers: [
        ["user-agent", "Inngest"],
        ["x-a", "1"],
        ["x-a", "2"],
      ],
      body: '{"a":1}',
    });
  });

  test("name and password within the URL are a header, unless there is one", () => {
    const url = "https://me:p%40ss@a.test/x";
    expect(fetchOf({ url })).toMatchObject({
      url: "https://a.test/x",
      headers: [
        ["user-agent", "Inngest"],
        ["authorization", `Basic ${btoa("me:p@ss")}`],
      ],
    });
    expect(fetchOf({ url, headers: { Authorization: "Bearer t" } })).toMatchObject({
      headers: [
        ["user-agent", "Inngest"],
        ["Authorization", "Bearer t"],
      ],
    });
  });

  test.for([
    [{ url: undefined }, /no URL/],
    [{ url: null }, /no URL/],
    [{ url: "/path" }, /not complete/],
    [{ url: "file:///etc/passwd" }, /"file:"/],
    [{ method: "CONNECT" }, /CONNECT/],
    [{ method: "GE T" }, /GE T/],
    [{ headers: { "a b": "1" } }, /"a b"/],
    [{ headers: { a: "1\r\nb: 2" } }, /"a"/],
    [{ headers: { a: "ў" } }, /"a"/],
  ] as const)("%j is refused", ([opts, message]) => {
    expect(fetchOf(opts)).toMatch(message);
  });
});

describe("step.ai.infer", () => {
  test.for([
    ["openai-chat", ["authorization", "Bearer sk-1"]],
    ["a format of next year", ["authorization", "Bearer sk-1"]],
    ["anthropic", ["x-api-key", "sk-1"]],
    ["bedrock", ["authorization", "sk-1"]],
  ] as const)("%s has its key in %j", ([format, auth]) => {
    expect(inferOf({ format })).toEqual({
      method: "POST",
      url: "https://a.test/v1",
      headers: [auth, ["content-type", "application/json"], ["user-agent", "Inngest"]],
      body: '{"q":1}',
    });
  });

  test("gemini has its key in the query, once", () => {
    expect(inferOf({ format: "gemini" })).toMatchObject({ url: "https://a.test/v1?key=sk-1" });
    expect(inferOf({ format: "gemini", url: "https://a.test/v1?key=own" })).toMatchObject({ url: "https://a.test/v1?key=own" });
  });

  test("without a key nothing is added; headers of the op come on top", () => {
    expect(inferOf({ auth_key: "", headers: { "api-key": "k", "anthropic-version": "2023-06-01", authorization: "A" } })).toMatchObject({
      headers: [
        ["content-type", "application/json"],
        ["user-agent", "Inngest"],
        ["api-key", "k"],
        ["anthropic-version", "2023-06-01"],
        ["authorization", "A"],
      ],
    });
    expect(inferOf({ headers: { "content-type": "application/json+x" } })).toMatchObject({
      headers: [
        ["authorization", "Bearer sk-1"],
        ["user-agent", "Inngest"],
        ["content-type", "application/json+x"],
      ],
    });
  });

  test("a URL that is null, as one SDK may send it, is refused", () => {
    expect(inferOf({ url: null })).toMatch(/no URL/);
  });
});
