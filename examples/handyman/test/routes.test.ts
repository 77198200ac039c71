// What people and programs may ask of the app, and what it refuses.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { type Account, type EdgeWorld, endedRuns, eventually, registerAccount, request, startEdgeWorld } from "./edge-world.ts";

let world: EdgeWorld;
let customer: Account;
let handyman: Account;
beforeAll(async () => {
  world = await startEdgeWorld();
  customer = await registerAccount(world.app);
  handyman = await registerAccount(world.app, { role: "handyman", firstName: "Bob" });
});
afterAll(() => world.close());

const job = { title: "A tap drips", skill: "plumbing", latitude: 52.52, longitude: 13.405, priceCents: 8_000 };

test("a job goes from its posting to its review, and each party may do its part only", async () => {
  const api = `${world.app.url}/api`;
  const asCustomer = { token: customer.token };
  const asHandyman = { token: handyman.token };
  const skills = { skills: ["Plumbing", "plumbing"], latitude: 52.5, longitude: 13.4 };
  expect(await request(`${api}/handymen/me/skills`, skills, { ...asHandyman, method: "PUT" })).toMatchObject({
    status: 200,
    body: { handyman: { skills: ["plumbing"], available: true } },
  });
  const posted = await request(`${api}/jobs`, job, asCustomer);
  expect(posted).toMatchObject({ status: 201, body: { job: { status: "open", _id: expect.stringMatching(/^[0-9a-f]{24}$/) } } });
  const url = `${api}/jobs/${posted.body.job._id}`;
  await eventually(() => world.mail.to(handyman.email).map(({ subject }) => subject)).toContain("New job near you: A tap drips");

  expect(await request(`${url}/assign`, { handymanId: handyman.id }, asCustomer)).toMatchObject({ status: 409 });
  expect(await request(`${url}/respond`, {}, asCustomer)).toMatchObject({ status: 403 });
  expect(await request(`${url}/respond`, {}, asHandyman)).toMatchObject({ status: 201 });
  expect(await request(`${url}/respond`, {}, asHandyman)).toMatchObject({ status: 201 });
  expect(await request(url)).toMatchObject({ body: { responses: 1 } });
  const other = await registerAccount(world.app);
  expect(await request(`${url}/assign`, { handymanId: handyman.id }, { token: other.token })).toMatchObject({ status: 403 });
  expect(await request(`${url}/assign`, { handymanId: handyman.id }, asCustomer)).toMatchObject({ status: 200 });
  expect(await request(`${url}/assign`, { handymanId: handyman.id }, asCustomer)).toMatchObject({ status: 409 });
  expect(await request(`${url}/respond`, {}, asHandyman)).toMatchObject({ status: 409 });
  expect(await request(`${api}/handymen/${handyman.id}`)).toMatchObject({ body: { handyman: { available: false } } });

  expect(await request(`${url}/review`, { rating: 5 }, asCustomer)).toMatchObject({ status: 409 });
  expect(await request(`${url}/complete`, {}, asHandyman)).toMatchObject({ status: 200, body: { job: { status: "completed" } } });
  expect(await request(`${url}/complete`, {}, asHandyman)).toMatchObject({ status: 409 });
  expect(await request(`${url}/review`, { rating: 5, comment: "Dry again" }, asCustomer)).toMatchObject({ status: 201 });
  expect(await request(`${url}/review`, { rating: 1 }, asCustomer)).toMatchObject({ status: 409 });
  expect(await request(`${api}/handymen/${handyman.id}`)).toMatchObject({
    body: { handyman: { rating: 5, reviewCount: 1, completedJobs: 1 } },
  });
});

test("availability is changed by its flow", async () => {
  const { id, token } = await registerAccount(world.app, { role: "handyman" });
  const url = `${world.app.url}/api/handymen/me/availability`;
  expect(await request(url, { available: false }, { token, method: "PUT" })).toMatchObject({ status: 202 });
  await eventually(async () => (await request(`${world.app.url}/api/handymen/${id}`)).body.handyman.available).toBe(false);
  const runs = await endedRuns(world.server, "handyman-availability-flow");
  expect(runs.map(({ status }) => status)).toEqual(["completed"]);
});

test("a profile says what it still lacks, and what is not named stays", async () => {
  const { token } = await registerAccount(world.app, { lastName: undefined });
  const me = `${world.app.url}/api/users/me`;
  expect(await request(me, undefined, { token })).toMatchObject({ body: { user: { missing: ["lastName", "phone", "address"] } } });
  const change = { lastName: "Low", phone: "030 123" };
  expect(await request(me, change, { token, method: "PATCH" })).toMatchObject({
    body: { user: { profile: { firstName: "Ada", lastName: "Low", phone: "030 123" }, missing: ["address"] } },
  });
});

test("a refresh token gives new ones, once", async () => {
  const { email, password } = await registerAccount(world.app);
  const { refreshToken } = (await request(`${world.app.url}/api/auth/login`, { email, password })).body;
  const url = `${world.app.url}/api/auth/refresh`;
  expect(await request(url, { refreshToken })).toMatchObject({ status: 200, body: { token: expect.any(String) } });
  expect(await request(url, { refreshToken })).toMatchObject({ status: 400 });
});

test("an address that is taken is told, in whatever letters", async () => {
  const again = { email: customer.email.toUpperCase(), password: "another password" };
  expect(await request(`${world.app.url}/api/auth/register`, again)).toMatchObject({ status: 409 });
});

describe("refused with a message", () => {
  const account = { email: "a@example.com", password: "long enough" };
  test.for([
    ["POST", "/api/auth/register", {}, 400],
    ["POST", "/api/auth/register", [], 400],
    ["POST", "/api/auth/register", '{"email":', 400],
    ["POST", "/api/auth/register", { ...account, email: "nobody" }, 400],
    ["POST", "/api/auth/register", { ...account, password: "short" }, 400],
    ["POST", "/api/auth/register", { ...account, role: "admin" }, 400],
    ["POST", "/api/auth/register", { ...account, firstName: {} }, 400],
    ["POST", "/api/auth/login", { email: "a@example.com", password: 7 }, 400],
    ["POST", "/api/auth/login", { email: "nobody@example.com", password: "x" }, 401],
    ["POST", "/api/auth/verify-email", { token: "nothing" }, 400],
    ["GET", "/api/auth/verify-email", undefined, 400],
    ["POST", "/api/auth/reset-password", { token: "nothing", password: "long enough" }, 400],
    ["POST", "/api/auth/2fa/setup", {}, 401],
    ["GET", "/api/users/me", undefined, 401],
    ["POST", "/api/jobs", job, 401],
    ["GET", "/api/jobs/nothing", undefined, 404],
    ["GET", "/api/handymen/user123", undefined, 404],
    ["GET", "/api/nothing", undefined, 404],
    ["GET", "/api/jobs/%E0%A4%A", undefined, 400],
  ] as const)("%s %s with %j: %i", async ([method, path, body, status]) => {
    expect(await request(world.app.url + path, body, { method })).toEqual({ status, body: { error: expect.any(String) } });
  });

  test.for([
    ["title", ""],
    ["skill", 7],
    ["latitude", 91],
    ["longitude", -181],
    ["priceCents", 0.5],
    ["priceCents", -1],
  ] as const)("a job with %s %j, which is named", async ([field, value]) => {
    const refused = await request(`${world.app.url}/api/jobs`, { ...job, [field]: value }, { token: customer.token });
    expect(refused).toEqual({ status: 400, body: { error: expect.stringContaining(`${field}: `) } });
  });

  test("a body that is too large", async () => {
    const body = { email: "a".repeat(11_000_000) };
    expect(await request(`${world.app.url}/api/auth/register`, body)).toEqual({ status: 413, body: { error: expect.any(String) } });
  });

  test("a registration while the job server is away, of which nothing stays", async () => {
    const env = { INNGEST_DEV: "http://127.0.0.1:9", HANDYMAN_DB: join(world.data, "alone.db") };
    const alone = await startApp(world.build, env);
    onTestFinished(async () => void (await alone.stop()));
    const account = { email: "early@example.com", password: "long enough" };
    for (let again = 0; again < 2; again += 1)
      expect(await request(`${alone.url}/api/auth/register`, account)).toEqual({ status: 503, body: { error: expect.any(String) } });
  });
});
