import { readFileSync } from "node:fs";
import { Stepwell } from "stepwell";
import { serve } from "stepwell/edge";
import { expect, onTestFinished, test, vi } from "vitest";
import { stepwell as branch, paid } from "./environment/branches.ts";
import { billing, stepwell } from "./environment/clients.ts";
import { stepwell as chatty, lines, pack } from "./environment/loggers.ts";
import { refused, stepwell as watched } from "./environment/refusals.ts";
import worker from "./environment/worker.ts";
import { stubServer } from "./stub-server.ts";
import { world } from "./world.ts";

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

test("while a key is replaced, the old one is tried where the new one is refused", async () => {
  const tried = new Set<string>();
  const server = await stubServer(({ headers }) => {
    tried.add(headers.authorization ?? "");
    return tried.size === 1 ? { status: 401 } : { body: { data: {} } };
  });
  const keys = { signingKey: "signkey-prod-00ff", signingKeyFallback: "signkey-prod-ff00" };
  const client = new Stepwell({ id: "billing", isDev: false, ...keys, baseUrl: server.url });
  await client.sendSignal({ signal: "go" });
  expect(server.asked.map(({ path }) => path)).toEqual(["/v1/signals", "/v1/signals"]);
  expect(tried.size).toBe(2);
});

test("the release that is deployed is told when the app registers", async () => {
  const server = await stubServer(() => ({ body: { ok: true } }));
  const { baseUrl: _, ...options } = billing.options;
  const client = new Stepwell({ ...options, isDev: true, baseUrl: server.url });
  const handler = serve({ client, functions: [] });
  await handler(new Request("http://localhost/api/stepwell", { method: "PUT" }));
  const told = server.asked.map(({ body }) => JSON.parse(body));
  expect(told).toMatchObject([{ appName: "billing", appVersion: "2026.11.3" }]);
});

test("a `fetch` of one's own sees what the server refuses", async () => {
  const server = await stubServer(() => ({ status: 400, body: { error: "no" } }));
  watched.setEnvVars({ STEPWELL_DEV: server.url });
  await expect(watched.sendSignal({ signal: "go" })).rejects.toThrow();
  expect(refused).toEqual(["400 /v1/signals"]);
});

test("events and signals are for a branch, or for the environment that is named", async () => {
  const server = await stubServer(() => ({ body: { ids: ["1"], data: {} } }));
  branch.setEnvVars({ STEPWELL_DEV: server.url });
  await paid("A-1");
  const environments = server.asked.map(({ headers }) => headers["x-inngest-env"]);
  expect(environments).toEqual(["new-basket", "staging", "staging"]);
});

test("what functions write and what the SDK writes goes to loggers of their own", async () => {
  const { send } = await world([pack]);
  await send({ name: "shop/order.paid", data: { order: "A-1" } });
  expect(lines).toEqual(["packs A-1"]);

  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const keys = { STEPWELL_SIGNING_KEY: "signkey-prod-00ff", STEPWELL_BASE_URL: "http://localhost" };
  const statusOf = async (client: Stepwell) => {
    client.setEnvVars({ ...keys, NODE_ENV: "production" });
    const handler = serve({ client, functions: [] });
    return (await handler(new Request("http://localhost/", { method: "POST", body: "{}" }))).status;
  };
  expect(await statusOf(chatty)).toBe(401);
  expect(warn).not.toHaveBeenCalled();
  expect(await statusOf(new Stepwell({ id: "shop" }))).toBe(401);
  expect(warn).toHaveBeenCalledOnce();
});

test("a host hands its variables over with each call", async () => {
  const server = await stubServer(() => ({ body: { ids: ["1"] } }));
  const env = { STEPWELL_BASE_URL: server.url, STEPWELL_EVENT_KEY: "mine", NODE_ENV: "production" };
  await worker.scheduled({}, env);
  expect(server.asked.map(({ path }) => path)).toEqual(["/e/mine"]);
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
