// Two processes with one app id: a copy that was forgotten in another terminal, a project that was copied with its id.

import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startApp } from "./app-process.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

interface ListedApp {
  readonly id: string | null;
  readonly url: string;
  readonly error: string | null;
  readonly warnings: readonly string[];
  readonly rivals: readonly { readonly url: string }[];
}

const pollMs = 200;
/** Polls in which two that take turns would have done so. */
const polls = 8;
const patience = { timeout: 15_000 };

describe.for(["v3", "v4"] as const)("two processes with one id on inngest %s", (sdk) => {
  test("the first keeps it while it answers, the other is told, and gets it when the first is silent", { timeout: 60_000 }, async () => {
    const ports = [await freePort(), await freePort()] as const;
    const told: (string | undefined)[] = [];
    await using server = await startTestServer({
      appUrls: ports.map(urlOf),
      pollMs,
      onAppFailure: (_, message, code) => void told.push(code === undefined ? undefined : message),
    });
    const first = await startApp({ sdk, serverUrl: server.url, port: ports[0] });
    await expect.poll(() => addressOf(server), patience).toBe(ports[0]);
    const slugs = slugsOf(server);
    await using other = await startApp({ sdk, serverUrl: server.url, port: ports[1], without: ["two-steps"] });
    await expect.poll(async () => (await listed(server))?.rivals.length, patience).toBe(1);

    const before = versionsOf(server);
    await pause(polls * pollMs);
    expect([addressOf(server), versionsOf(server), slugsOf(server)]).toEqual([ports[0], before, slugs]);
    const [rival] = (await listed(server))?.rivals ?? [];
    expect(portOf(rival?.url ?? "")).toBe(other.port);
    expect((await listed(server))?.warnings).toContainEqual(expect.stringContaining(`:${other.port}/`));
    expect(told.filter((message) => message !== undefined)).toEqual([expect.stringContaining(`:${other.port}/`)]);

    await first[Symbol.asyncDispose]();
    await expect.poll(() => addressOf(server), patience).toBe(other.port);
    expect(slugsOf(server)).toEqual(slugs.filter((slug) => slug !== "conformance-two-steps"));
    await expect.poll(async () => (await listed(server))?.rivals, patience).toEqual([]);

    // The first is back, and the id is the other's: a person's sync moves it, and nothing else does.
    await using again = await startApp({ sdk, serverUrl: server.url, port: ports[0] });
    await expect.poll(async () => (await listed(server))?.rivals.length, patience).toBe(1);
    expect(addressOf(server)).toBe(other.port);
    await server.sync(again.url);
    expect([addressOf(server), slugsOf(server)]).toEqual([ports[0], slugs]);
    await expect.poll(async () => portOf((await listed(server))?.rivals[0]?.url ?? ""), patience).toBe(other.port);
    const [eventId] = await server.send({ name: "conformance/two-steps", data: {} });
    expect(await server.runOf(eventId ?? "", "conformance-two-steps")).toMatchObject({ status: "completed" });
  });
});

function urlOf(port: number): string {
  return `http://localhost:${port}/api/inngest`;
}

function portOf(url: string): number {
  return URL.canParse(url) ? Number(new URL(url).port) : 0;
}

/** The port at which the server calls the app. */
function addressOf({ engine }: TestServer): number {
  return portOf(engine.apps()[0]?.url ?? "");
}

function slugsOf({ engine }: TestServer): readonly string[] {
  return engine.functions().map(({ slug }) => slug);
}

function versionsOf({ engine }: TestServer): readonly number[] {
  return engine.functions().map(({ version }) => version);
}

async function listed({ url }: TestServer): Promise<ListedApp | undefined> {
  const response = await fetch(`${url}/api/v1/apps`);
  return ((await response.json()) as { readonly data: readonly ListedApp[] }).data.find(({ id }) => id === "conformance");
}

/** One that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
