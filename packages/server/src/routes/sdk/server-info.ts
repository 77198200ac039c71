import { json } from "../../problem.ts";
import { route } from "../../route.ts";
import { wireTrigger } from "../wire-trigger.ts";

/** `GET /health`. */
export const health = route({
  method: "GET",
  path: "/health",
  summary: "Whether the server is up",
  access: "open",
  errors: "envelope",
  handle: () => json(200, { status: 200, message: "OK" }),
});

/** `GET /dev`: SDKs that infer their mode ask it whether a dev server is here. */
export const devInfo = route({
  method: "GET",
  path: "/dev",
  summary: "What a dev server knows",
  access: "signing_key",
  errors: "envelope",
  devOnly: true,
  handle({ engine, settings }) {
    const functions = engine.functions().map(({ uuid, slug, name, config }) => ({
      id: uuid,
      slug,
      name,
      triggers: config.triggers.map(wireTrigger),
      steps: [{ id: "step", name: "step", uri: config.url }],
    }));
    return json(200, {
      version: settings.version,
      authed: settings.keys.signingKeys.length > 0,
      startOpts: { autodiscover: settings.discovery, urls: settings.appUrls ?? [], poll: true },
      functions,
      handlers: engine.apps().map(({ name, url, sdk }) => ({ name, url, sdk })),
      isSingleNodeService: true,
      isMissingSigningKey: settings.keys.signingKeys.length === 0,
      isMissingEventKeys: !settings.keys.hasEventKeys,
      features: {},
    });
  },
});

/** `GET /metrics`, for Prometheus. */
export const metrics = route({
  method: "GET",
  path: "/metrics",
  summary: "Metrics for Prometheus",
  access: "signing_key",
  errors: "problem",
  async handle(parts) {
    const { contentType, text } = await parts.metrics();
    return new Response(text, { headers: { "content-type": contentType } });
  },
});
