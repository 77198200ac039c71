import { parseRunId } from "@stepwell/protocol";
import { envelopeError, json } from "../../problem.ts";
import { route } from "../../route.ts";
import { wireTrigger } from "../wire-trigger.ts";
import { envelope } from "./envelope.ts";
import { noUuid } from "./no-uuid.ts";
import { runV1 } from "./run-v1.ts";

const jobsMax = 10;

/** `GET /v1/runs/:runId`. */
export const getRunV1 = route({
  method: "GET",
  path: "/v1/runs/:runId",
  summary: "One run",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, params }) {
    const runId = parseRunId(params["runId"] ?? "");
    if (runId === undefined) return envelopeError({ code: "invalid_run_id", detail: `Invalid run ID: ${params["runId"]}` });
    const run = await engine.reports.getRun(runId);
    if (run === undefined) return envelopeError({ code: "run_not_found", detail: `Unable to load function run: ${runId}` });
    return envelope(runV1(run), engine.now());
  },
});

/** `GET /v1/runs/:runId/jobs`: what of the run is in the queue. */
export const runJobsV1 = route({
  method: "GET",
  path: "/v1/runs/:runId/jobs",
  summary: "What of a run is in the queue",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, params }) {
    const runId = parseRunId(params["runId"] ?? "");
    if (runId === undefined) return envelopeError({ code: "invalid_run_id", detail: `Invalid run ID: ${params["runId"]}` });
    if ((await engine.reports.getRun(runId)) === undefined)
      return envelopeError({ code: "run_not_found", detail: `Unable to load function run: ${runId}` });
    const items = await engine.reports.runItems(runId);
    const jobs = items.slice(0, jobsMax).map((item, position) => ({
      JobID: item.id,
      at: new Date(item.dueAt).toISOString(),
      position,
      kind: item.state === "parked" ? "sleep" : "edge",
      attempt: item.attempt,
      Raw: { state: item.state },
    }));
    return envelope(jobs, engine.now());
  },
});

/** `GET /v1/apps/:name/functions`; an empty list for an app nobody knows. */
export const appFunctionsV1 = route({
  method: "GET",
  path: "/v1/apps/:name/functions",
  summary: "The functions of an app",
  access: "signing_key",
  errors: "envelope",
  handle({ engine, params }) {
    const app = engine.apps().find(({ name }) => name === params["name"]);
    const functions = app === undefined ? [] : engine.functions().filter(({ appId }) => appId === app.id);
    return json(
      200,
      functions.map(({ uuid, slug, name, config, archivedAt }) => ({
        internal_id: uuid,
        env_id: noUuid,
        app_id: app?.uuid ?? noUuid,
        id: slug,
        name,
        config: { ...config, triggers: config.triggers.map(wireTrigger) },
        created_at: new Date(app?.syncedAt ?? 0).toISOString(),
        archived_at: archivedAt === undefined ? null : new Date(archivedAt).toISOString(),
      })),
    );
  },
});
