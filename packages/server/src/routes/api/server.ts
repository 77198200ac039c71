import { limits } from "@stepwell/protocol";
import { json } from "../../problem.ts";
import { route } from "../../route.ts";

/** `GET /api/v1/server`: what this server is. */
export const getServer = route({
  method: "GET",
  path: "/api/v1/server",
  summary: "What this server is",
  access: "signing_key",
  errors: "problem",
  async handle({ engine, settings }) {
    return json(200, {
      product: "stepwell",
      version: settings.version,
      mode: settings.mode,
      pid: process.pid,
      now: new Date(engine.now()).toISOString(),
      project: settings.project ?? null,
      store: { kind: settings.storeKind },
      auth: {
        required: settings.mode === "start" && settings.isMounted !== true,
        methods: settings.signIn === undefined ? [] : ["password"],
      },
      environments: [{ slug: "default", name: "Default", default: true }],
      limits: {
        payloadInlineBytes: limits.payloadInlineLengthMax,
        stepsPerRunMax: limits.stepsPerRunMax,
        eventBytesMax: limits.eventBytesMax,
      },
      discovery: { enabled: settings.discovery },
    });
  },
});
