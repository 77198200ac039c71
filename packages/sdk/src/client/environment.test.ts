import { describe, expect, test } from "vitest";
import { readEnvironment } from "./environment.ts";

const read = (variables: Record<string, string>, options: object = {}) => readEnvironment({ id: "app", ...options }, variables);

describe("dev or production", () => {
  test("is dev where nothing says otherwise, with keys or without", () => {
    expect(read({})).toMatchObject({
      mode: "dev",
      isInferred: true,
      eventBaseUrl: "http://localhost:8288/",
      apiBaseUrl: "http://localhost:8288/",
    });
    expect(read({ INNGEST_SIGNING_KEY: "your_signing_key_here", INNGEST_EVENT_KEY: "k" })).toMatchObject({ mode: "dev", isInferred: true });
  });

  test.each([
    { NODE_ENV: "production" },
    { ENVIRONMENT: "prod" },
    { CONTEXT: "production" },
    { VERCEL_ENV: "preview" },
    { NETLIFY: "true" },
    { RENDER: "true" },
    { RAILWAY_ENVIRONMENT: "production" },
    { CF_PAGES: "1" },
    { DENO_DEPLOYMENT_ID: "x" },
    { FLY_APP_NAME: "x" },
    { DYNO: "web.1" },
    { AWS_LAMBDA_FUNCTION_NAME: "f" },
    { K_SERVICE: "s" },
  ])("is production by %o", (variables) => {
    expect(read(variables)).toMatchObject({ mode: "production", isInferred: true, apiBaseUrl: undefined });
  });

  test.each([
    { NODE_ENV: "development" },
    { NODE_ENV: "test" },
    { VERCEL: "1", VERCEL_ENV: "development" },
    { NETLIFY: "true", NETLIFY_DEV: "true" },
    { AWS_LAMBDA_FUNCTION_NAME: "f", AWS_SAM_LOCAL: "true" },
  ])("is dev by %o", (variables) => {
    expect(read(variables as Record<string, string>)).toMatchObject({ mode: "dev", isInferred: true });
  });

  test("is what the variable says, and above it the option", () => {
    expect(read({ INNGEST_DEV: "1", NODE_ENV: "production" })).toMatchObject({ mode: "dev", isInferred: false });
    expect(read({ STEPWELL_DEV: "0", INNGEST_DEV: "1" })).toMatchObject({ mode: "production", isInferred: false });
    expect(read({ STEPWELL_DEV: "1" }, { isDev: false })).toMatchObject({ mode: "production" });
    expect(read({ NODE_ENV: "production" }, { isDev: true })).toMatchObject({ mode: "dev", isInferred: false });
  });
});

describe("a switch for dev that is neither a switch nor an address", () => {
  test.each(["maybe", "disabled", "2", "dev-mode"])("%s switches nothing on, and is no address of a server", (word) => {
    for (const more of [{}, { STEPWELL_BASE_URL: "http://base:2", NODE_ENV: "production" }])
      expect(read({ STEPWELL_DEV: word, ...more })).toMatchObject({ isInferred: true, eventBaseUrl: word, apiBaseUrl: word });
    expect(read({ STEPWELL_DEV: word, NODE_ENV: "production" }).mode).toBe("production");
  });

  test.each([
    ["localhost", "http://localhost/"],
    ["dev.internal", "http://dev.internal/"],
    ["inngest:8288", "http://inngest:8288/"],
    ["http://inngest", "http://inngest/"],
  ])("%s is an address", (text, url) => {
    expect(read({ INNGEST_DEV: text })).toMatchObject({ mode: "dev", isInferred: false, apiBaseUrl: url });
  });
});

describe("addresses", () => {
  test("go by option, then the one of its kind, then the base, then that of dev", () => {
    const all = {
      STEPWELL_DEV: "http://dev:1",
      STEPWELL_BASE_URL: "http://base:2",
      STEPWELL_EVENT_API_BASE_URL: "http://events:3",
      STEPWELL_API_BASE_URL: "http://api:4/x",
    };
    expect(read(all)).toMatchObject({ mode: "dev", eventBaseUrl: "http://events:3/", apiBaseUrl: "http://api:4/x/" });
    expect(read(all, { baseUrl: "http://option:5" })).toMatchObject({ eventBaseUrl: "http://option:5/", apiBaseUrl: "http://option:5/" });
    expect(read({ STEPWELL_DEV: "http://dev:1", STEPWELL_BASE_URL: "http://base:2" })).toMatchObject({ eventBaseUrl: "http://base:2/" });
    expect(read({ INNGEST_DEV: "localhost:9999" })).toMatchObject({ mode: "dev", eventBaseUrl: "http://localhost:9999/" });
    expect(read({ NEXT_PUBLIC_INNGEST_BASE_URL: "https://x.test" })).toMatchObject({ apiBaseUrl: "https://x.test/" });
  });

  test("ours go before the others, and empty ones are as absent", () => {
    expect(read({ STEPWELL_EVENT_KEY: "ours", INNGEST_EVENT_KEY: "theirs" })).toMatchObject({ eventKey: "ours" });
    expect(read({ STEPWELL_EVENT_KEY: "", INNGEST_EVENT_KEY: "theirs" })).toMatchObject({ eventKey: "theirs" });
    expect(read({ INNGEST_SERVE_HOST: "https://a.test", INNGEST_ENV: "b", VERCEL: "1", VERCEL_GIT_COMMIT_REF: "c" })).toMatchObject({
      serveOrigin: "https://a.test",
      branch: "b",
      platform: "vercel",
    });
    expect(read({ VERCEL_GIT_COMMIT_REF: "c" })).toMatchObject({ branch: "c" });
  });
});
