import { readFileSync } from "node:fs";
import { Stepwell } from "stepwell";
import { expect, test } from "vitest";
import { billing, stepwell } from "./environment/clients.ts";

const modeOf = (variables: Record<string, string>, options: { isDev?: boolean } = {}) => {
  const { mode, isInferred } = new Stepwell({ id: "shop", ...options }).setEnvVars(
    variables,
  ).environment;
  return isInferred ? `${mode}, inferred` : mode;
};

test.each([
  [{}, "dev, inferred"],
  [{ NODE_ENV: "production" }, "production, inferred"],
  [{ NODE_ENV: "production", STEPWELL_DEV: "1" }, "dev"],
  [{ STEPWELL_DEV: "0" }, "production"],
  [{ INNGEST_DEV: "1" }, "dev"],
  [{ STEPWELL_DEV: "", INNGEST_DEV: "0" }, "production"],
  [{ STEPWELL_DEV: "http://localhost:9000" }, "dev"],
  [{ VERCEL_ENV: "preview" }, "production, inferred"],
  [{ VERCEL_ENV: "development" }, "dev, inferred"],
  [{ NETLIFY: "true" }, "production, inferred"],
  [{ NETLIFY: "true", NETLIFY_DEV: "true" }, "dev, inferred"],
  [{ AWS_LAMBDA_FUNCTION_NAME: "f", AWS_SAM_LOCAL: "true" }, "dev, inferred"],
])("with %o it is %s", (variables: Record<string, string>, mode) => {
  expect(modeOf(variables)).toBe(mode);
});

test("options say more than variables, ours more than others'", () => {
  expect(modeOf({ STEPWELL_DEV: "1" }, { isDev: false })).toBe("production");
  expect(billing.environment).toMatchObject({
    mode: "production",
    apiBaseUrl: "https://stepwell.example.com/",
  });
  const client = new Stepwell({ id: "shop" }).setEnvVars({
    STEPWELL_EVENT_KEY: "ours",
    INNGEST_EVENT_KEY: "theirs",
    INNGEST_BASE_URL: "stepwell:9000",
  });
  expect(client.environment).toMatchObject({
    eventKey: "ours",
    eventBaseUrl: "http://stepwell:9000/",
  });
});

test("in dev the server is on this machine, in production it has to be named", async () => {
  const client = stepwell;
  expect(client.setEnvVars({}).environment.apiBaseUrl).toBe("http://localhost:8288/");
  client.setEnvVars({ NODE_ENV: "production", STEPWELL_EVENT_KEY: "key" });
  await expect(client.send({ name: "a" })).rejects.toMatchObject({ code: "base_url_missing" });
  client.setEnvVars({ NODE_ENV: "production", STEPWELL_BASE_URL: "http://localhost:1" });
  await expect(client.send({ name: "a" })).rejects.toMatchObject({
    code: "event_key_missing",
    message: expect.stringContaining("STEPWELL_EVENT_KEY"),
  });
});

test("every variable that the SDK reads is on the page", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const source = read("../../packages/sdk/src/client/environment.ts");
  const page = read("../environment.md");
  const names = [...source.matchAll(/\bread\("([A-Z_]+)"\)/g)].map(([, name]) => name);
  const hosts = /const hostVariables = \[([^;]*)\];/.exec(source)?.[1] ?? "";
  const ofHosts = [...hosts.matchAll(/"([A-Z_]+)"/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(8);
  expect(ofHosts.length).toBeGreaterThan(8);
  const missing = [
    ...names.filter((name) => name !== "SERVE_HOST" && !page.includes(`\`STEPWELL_${name}`)),
    ...ofHosts.filter((name) => !page.includes(`\`${name}\``)),
  ];
  expect(missing).toEqual([]);
});
