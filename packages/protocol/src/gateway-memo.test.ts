import { describe, expect, test } from "vitest";
import { fetchMemo, gatewayErrorMemo, gatewayRunError, inferMemo } from "./gateway-memo.ts";

describe("the result of step.fetch", () => {
  test("has the names as people write them, repeated ones joined, and nothing of how the answer travelled", () => {
    const headers = { "content-type": "text/html", "set-cookie": ["a", "b"], "content-encoding": "gzip", connection: "close" };
    expect(JSON.parse(fetchMemo({ url: "https://a.test/x", status: 404, headers, body: "nothing here" }))).toEqual({
      data: {
        url: "https://a.test/x",
        headers: { "Content-Type": "text/html", "Set-Cookie": "a,b" },
        body: "nothing here",
        status_code: 404,
      },
    });
  });

  test("keeps no key that stood in the URL", () => {
    expect(fetchMemo({ url: "https://a.test/x?key=s3cret&a=1", status: 200, headers: {}, body: "" })).not.toContain("s3cret");
  });
});

describe("the result of step.ai.infer", () => {
  test("is the answer's JSON, letter by letter", () => {
    expect(inferMemo(' {"n":12345678901234567890}\n')).toBe('{"data":{"n":12345678901234567890}}');
  });

  test.for(["plain", "", "{oops"])("that is no JSON (%j) is a string", (body) => {
    expect(JSON.parse(inferMemo(body))).toEqual({ data: body });
  });

  test("that is nested too deep is a string", () => {
    const deep = "[".repeat(501) + "]".repeat(501);
    expect(JSON.parse(inferMemo(deep))).toEqual({ data: deep });
  });
});

describe("a failure", () => {
  test("of step.fetch says what happened", () => {
    const failure = { code: "gateway_failed", message: "nothing listens there" };
    expect(JSON.parse(gatewayErrorMemo("Gateway", failure))).toEqual({
      error: { name: "GatewayError", message: "Error making gateway request: nothing listens there", code: "gateway_failed", data: null },
    });
  });

  test("of step.ai.infer has what the provider said, as data and as text", () => {
    const body = '{"error":{"message":"slow down","type":"rate"}}';
    const failure = { code: "gateway_failed", message: "unsuccessful status code: 429", body };
    expect(JSON.parse(gatewayErrorMemo("AIGateway", failure)).error).toEqual({
      name: "AIGatewayError",
      message: "Error making AI request: unsuccessful status code: 429",
      code: "gateway_failed",
      data: { error: { message: "slow down", type: "rate" } },
      stack: body,
    });
    expect(gatewayRunError("AIGateway", failure)).toEqual({
      name: "AIGatewayError",
      message: "Error making AI request: unsuccessful status code: 429",
      stack: body,
    });
  });

  test("of step.ai.infer without an answer has words in its place; a page that is no JSON is text", () => {
    const stack = '{"error":"Error making AI request"}';
    const empty = { code: "gateway_failed", message: "nothing listens there", body: "" };
    expect(JSON.parse(gatewayErrorMemo("AIGateway", empty)).error).toMatchObject({ data: { error: "Error making AI request" }, stack });
    const page = { code: "gateway_failed", message: "unsuccessful status code: 502", body: "<h1>Bad</h1>" };
    expect(JSON.parse(gatewayErrorMemo("AIGateway", page)).error).toMatchObject({ data: "<h1>Bad</h1>", stack: "<h1>Bad</h1>" });
  });
});
