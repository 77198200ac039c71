import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStoredRequest, storedRequestJson, urlWithoutCredentials, withholdCredentials } from "./gateway-credentials.ts";
import { type GatewayRequest, readGatewayRequest } from "./gateway-request.ts";

const requestOf = (more: Partial<GatewayRequest>): GatewayRequest => ({ method: "GET", url: "https://a.test/", headers: [], ...more });

test("a request without credentials is stored whole", () => {
  const request = requestOf({
    url: "https://a.test/x?page=2#top",
    headers: [
      ["accept", "text/html"],
      ["anthropic-version", "2023-06-01"],
    ],
  });
  expect(withholdCredentials(request)).toEqual({ stored: { ...request, withheld: [] } });
});

test.for([
  ...["authorization", "Authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "X-Goog-Api-Key", "x-auth-token"],
  ...["x-amz-security-token", "x-client-secret", "x-hub-signature-256", "x-session-id", "X-Auth"],
])("the header %s is never stored", (name) => {
  const { stored, credentials } = withholdCredentials(
    requestOf({
      headers: [
        [name, "s3cret"],
        ["x-a", "1"],
      ],
    }),
  );
  expect(stored).toMatchObject({ headers: [["x-a", "1"]], withheld: [name.toLowerCase()] });
  expect(storedRequestJson(stored)).not.toContain("s3cret");
  expect(credentials).toEqual({
    url: "https://a.test/",
    headers: [
      [name, "s3cret"],
      ["x-a", "1"],
    ],
  });
});

test.for(["key", "api_key", "access_token", "sig", "X-Amz-Signature", "client_secret"])("the parameter %s is never stored", (name) => {
  const url = `https://a.test/x?a=1&${name}=s3cret&b=2`;
  const { stored, credentials } = withholdCredentials(requestOf({ url }));
  expect(stored).toMatchObject({ url: "https://a.test/x?a=1&b=2", withheld: [`?${name}`] });
  expect(credentials?.url).toBe(url);
  expect(urlWithoutCredentials(url)).toBe("https://a.test/x?a=1&b=2");
});

test("the key of an AI request is stored by no format, and what is stored is read again", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("openai-chat", "anthropic", "gemini", "bedrock", "grok"),
      fc.stringMatching(/^[A-Z]{8,20}$/),
      (format, auth_key) => {
        const request = readGatewayRequest("AIGateway", { url: "https://a.test/v1?x=1", format, auth_key, headers: {}, body: {} });
        if (typeof request === "string") throw new Error(request);
        const { stored, credentials } = withholdCredentials(request);
        const json = storedRequestJson(stored);
        expect(json).not.toContain(auth_key);
        expect({ ...parseStoredRequest(json), ...credentials }).toMatchObject(request);
      },
    ),
  );
});
