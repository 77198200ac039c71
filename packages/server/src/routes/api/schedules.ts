import type { Engine, ScheduleReport } from "@stepwell/engine";
import { cronFieldsOf, isObject, parseJson } from "@stepwell/protocol";
import { json } from "../../problem.ts";
import { route } from "../../route.ts";
import { iso } from "./run-view.ts";

/** `GET /api/v1/schedules`: the crons of all functions, the next one first. */
export const listSchedules = route({
  method: "GET",
  path: "/api/v1/schedules",
  summary: "Schedules, with their next times and last run",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine }) {
    const schedules = await engine.schedules();
    const byTime = schedules.toSorted((one, other) => (one.next[0] ?? Number.MAX_VALUE) - (other.next[0] ?? Number.MAX_VALUE));
    return json(200, { data: await Promise.all(byTime.map((each) => scheduleView(engine, each))) });
  },
});

async function scheduleView(engine: Engine, schedule: ScheduleReport): Promise<Record<string, unknown>> {
  const { trigger } = schedule;
  const record = engine.functions().find(({ id }) => id === schedule.functionId);
  const app = engine.apps().find(({ id }) => id === record?.appId);
  return {
    id: Buffer.from(schedule.id).toString("base64url"),
    kind: "cron",
    function: { slug: record?.slug ?? null, name: record?.name ?? null, appId: app?.name ?? null },
    cron: cronFieldsOf(trigger.cron),
    zone: trigger.timeZone ?? "UTC",
    jitterMs: trigger.jitterMs ?? 0,
    catchUp: trigger.catchUp,
    overlap: trigger.overlap,
    next: schedule.next.map(iso),
    nextFireAt: iso(schedule.nextFireAt),
    state: app?.error === undefined ? "on" : "app_unreachable",
    origin: "code",
    last: await lastRun(engine, schedule),
  };
}

/** The run of the last tick that started one, with how late it began. */
async function lastRun(engine: Engine, { lastRunId }: ScheduleReport): Promise<readonly Record<string, unknown>[]> {
  const run = lastRunId === undefined ? undefined : await engine.reports.getRun(lastRunId);
  if (run === undefined) return [];
  const [event] = await engine.reports.runEvents(run.id);
  const data = event === undefined ? undefined : parseJson(event.data);
  const planned = isObject(data) ? Date.parse(String(data["scheduledAt"])) : Number.NaN;
  const plannedAt = Number.isNaN(planned) ? undefined : planned;
  const driftMs = plannedAt === undefined || run.startedAt === undefined ? null : run.startedAt - plannedAt;
  return [{ plannedAt: iso(plannedAt), runId: run.id, status: engine.phaseOf(run).status, driftMs }];
}
