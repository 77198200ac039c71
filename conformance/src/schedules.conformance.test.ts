// Schedules on the official SDKs, in real time: six fields, so that a second is enough.

import type { Engine } from "@stepwell/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { sdkTitle } from "./sdk-title.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

interface TickRun {
  readonly id: string;
  readonly status: string;
  readonly queuedAt: number;
  readonly output: unknown;
  /** As the server stored it: the instant in RFC 3339, and what the app saw as the event's data. */
  readonly eventId: string;
  readonly data: { readonly cron?: string; readonly scheduledAt?: string; readonly fireAt?: string };
}

/** All runs of a function, oldest first. */
async function runsOf(engine: Engine, slug: string): Promise<readonly TickRun[]> {
  const { rows } = await engine.reports.listRuns({}, { limit: 200 });
  const own = rows.filter(({ functionSlug }) => functionSlug === slug).reverse();
  return Promise.all(
    own.map(async ({ id, status, queuedAt, output }) => {
      const [event] = await engine.reports.runEvents(id);
      return {
        id,
        status,
        queuedAt,
        output: output === undefined ? undefined : JSON.parse(output),
        eventId: event?.externalId ?? "",
        data: JSON.parse(event?.data ?? "{}") as TickRun["data"],
      };
    }),
  );
}

/** The moments up to which ticks were missed. */
async function missedMoments(engine: Engine): Promise<readonly number[]> {
  const { rows } = await engine.reports.listEvents({}, { limit: 200 });
  const outcomes = await Promise.all(rows.map(({ id }) => engine.reports.eventOutcomes(id)));
  return rows
    .filter((_, index) => outcomes[index]?.some(({ kind }) => kind === "missed"))
    .map(({ externalId }) => Date.parse(externalId ?? ""));
}

const enough = { timeout: 20_000, interval: 100 };

for (const sdk of ["v3", "v4", "own"] as const) {
  describe(`schedules on ${sdkTitle(sdk)}`, () => {
    let server: TestServer;
    let app: AppProcess;

    beforeAll(async () => {
      server = await startTestServer();
      app = await startApp({ sdk, serverUrl: server.url, functions: "schedules" });
      await server.sync(app.url);
    }, 30_000);

    afterAll(async () => {
      await app[Symbol.asyncDispose]();
      await server.stop();
    });

    const completed = async (name: string, count: number): Promise<readonly TickRun[]> => {
      const own = async (): Promise<readonly TickRun[]> =>
        (await runsOf(server.engine, `conformance-${name}`)).filter(({ status }) => status === "completed");
      await expect.poll(async () => (await own()).length, enough).toBeGreaterThanOrEqual(count);
      return own();
    };

    test("a function with six fields runs every second, each second once and none early", { timeout: 30_000 }, async () => {
      const runs = await completed("every-second", 4);
      const moments = runs.map(({ eventId }) => Date.parse(eventId));
      // A machine that stood still for over a second has missed ticks, and says so: the others follow each other.
      const left = await missedMoments(server.engine);
      for (const [index, moment] of moments.slice(1).entries()) {
        const previous = moments[index] ?? 0;
        if (!left.some((each) => previous < each && each < moment)) expect(moment - previous).toBe(1_000);
        expect(moment).toBeGreaterThan(previous);
      }
      for (const { queuedAt, eventId } of runs) expect(queuedAt).toBeGreaterThanOrEqual(Date.parse(eventId));
    });

    test("its event is the one apps know: the name, the moment as id, and the data", { timeout: 30_000 }, async () => {
      const [run] = await completed("every-second", 1);
      const moment = run?.eventId ?? "";
      expect(moment).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(run?.output).toMatchObject({
        event: {
          id: moment,
          name: "inngest/scheduled.timer",
          ts: Date.parse(moment),
          data: { cron: "* * * * * *", scheduledAt: moment, fireAt: moment },
        },
        saved: moment,
      });
    });

    test("a zone stays in the expression that the function sees", { timeout: 30_000 }, async () => {
      const [run] = await completed("in-tokyo", 1);
      expect(run?.output).toBe("TZ=Asia/Tokyo */2 * * * * *");
    });

    test("the API lists it with its next times and the run of its last tick, and the run names it", { timeout: 30_000 }, async () => {
      await completed("in-tokyo", 1);
      const dataOf = async (path: string) =>
        ((await (await fetch(`${server.url}${path}`)).json()) as { readonly data: readonly Record<string, unknown>[] }).data;
      const schedules = await dataOf("/api/v1/schedules");
      expect(schedules.find(({ function: of }) => (of as { slug: string }).slug === "conformance-in-tokyo")).toMatchObject({
        cron: "*/2 * * * * *",
        zone: "Asia/Tokyo",
        next: Array.from({ length: 5 }, () => expect.stringMatching(/[02468]\.000Z$/)),
        last: [{ plannedAt: expect.stringMatching(/[02468]\.000Z$/), driftMs: expect.any(Number) }],
      });
      const [run] = await dataOf("/api/v1/runs?fn=conformance-in-tokyo&status=completed");
      expect(run).toMatchObject({ trigger: { kind: "cron", cron: "TZ=Asia/Tokyo */2 * * * * *" } });
      expect(await dataOf(`/v1/runs/${run?.["id"]}`)).toMatchObject({ cron: "TZ=Asia/Tokyo */2 * * * * *" });
    });

    test("several schedules and an event start one function, and schedules that meet are two runs", { timeout: 30_000 }, async () => {
      const [eventId] = await server.send({ name: "conformance/three-triggers", data: {} });
      const run = await server.runOf(eventId ?? "", "conformance-three-triggers");
      expect(run.output).toEqual({ name: "conformance/three-triggers", cron: null });
      await expect
        .poll(async () => {
          const ticks = (await completed("three-triggers", 1)).filter(({ data }) => data.scheduledAt !== undefined);
          const often = new Set(ticks.filter(({ data }) => data.cron === "*/2 * * * * *").map(({ data }) => data.scheduledAt));
          return ticks.filter(({ data }) => data.cron === "*/4 * * * * *" && often.has(data.scheduledAt)).length;
        }, enough)
        .toBeGreaterThan(0);
    });

    test("a schedule that names no moment is taken, with a warning on the app", () => {
      const [registered] = server.engine.apps();
      expect(registered?.warnings).toContain("never fires");
      expect(server.engine.functions().map(({ slug }) => slug)).toContain("conformance-never");
    });

    test("a sync without the function ends its ticks, and leaves the others alone", { timeout: 30_000 }, async () => {
      await completed("every-second", 1);
      await app[Symbol.asyncDispose]();
      app = await startApp({ sdk, serverUrl: server.url, port: app.port, functions: "schedules", without: ["every-second"] });
      await server.sync(app.url);
      const before = (await runsOf(server.engine, "conformance-every-second")).length;
      const others = (await runsOf(server.engine, "conformance-in-tokyo")).length;
      await expect.poll(async () => (await runsOf(server.engine, "conformance-in-tokyo")).length, enough).toBeGreaterThan(others + 1);
      expect(await runsOf(server.engine, "conformance-every-second")).toHaveLength(before);
    });
  });
}
