import { limits } from "@stepwell/protocol";
import { maxLength, optional, pipe, strictObject, string } from "valibot";
import type { AlertKeeper, ChannelReport } from "../../alerts/alert-keeper.ts";
import type { AlertChannel } from "../../alerts/alert-settings.ts";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { iso } from "./run-view.ts";

/** `GET /api/v1/alerts`: the rules with what they tell of now, and where notices go. */
export const listAlerts = route({
  method: "GET",
  path: "/api/v1/alerts",
  summary: "Alerts: rules, what they tell of now, and where notices go",
  query: [],
  access: "signing_key",
  errors: "problem",
  handle: ({ settings }) => json(200, { data: alertsView(settings.alerts) }),
});

const body = strictObject({ channel: optional(pipe(string(), maxLength(limits.alertNameLengthMax))) });

/** `POST /api/v1/alerts/test` with `{ channel? }`: a notice that says it is a test, to one channel or to all. */
export const testAlerts = route({
  method: "POST",
  path: "/api/v1/alerts/test",
  summary: "Send a test notice to one channel of alerts, or to all",
  body,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ request, settings }) {
    const read = await readBody(request, body, { errors: "problem" });
    if (read instanceof Response) return read;
    const names = settings.alerts?.settings.channels.map(({ name }) => name) ?? [];
    const { channel } = read.value;
    if (settings.alerts === undefined || (channel !== undefined && !names.includes(channel)))
      return problem({
        code: "alert_channel_not_found",
        detail: channel === undefined ? "no alerts are configured" : `no channel of alerts is called "${channel.slice(0, 100)}"`,
      });
    const results = await settings.alerts.test(channel === undefined ? names : [channel]);
    return json(200, { data: results.map(({ name, error }) => ({ channel: name, delivered: error === undefined, error: error ?? null })) });
  },
});

function alertsView(alerts: AlertKeeper | undefined): object {
  if (alerts === undefined) return { lookedAt: null, rules: [], channels: [] };
  const { open, settings } = alerts;
  return {
    lookedAt: iso(alerts.lookedAt),
    rules: settings.rules.map(({ name, kind, functionSlug, channels }) => {
      const firing = open.filter(({ rule }) => rule === name);
      return {
        name,
        kind,
        function: functionSlug ?? null,
        channels,
        state: firing.length === 0 ? "quiet" : "firing",
        firing: firing.map(({ subject, text, since }) => ({ subject, text, since: new Date(since).toISOString() })),
      };
    }),
    channels: alerts.channels().map(channelView),
  };
}

function channelView({ channel, lastError, ...counts }: ChannelReport): object {
  return { name: channel.name, kind: channel.kind, to: placeOf(channel), ...counts, lastError: lastError ?? null };
}

/** Paths and passwords of addresses are secrets. */
function placeOf(channel: AlertChannel): string {
  return channel.kind === "mail" ? channel.to.join(", ") : new URL(channel.url).origin;
}
