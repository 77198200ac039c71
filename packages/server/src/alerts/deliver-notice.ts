// Brings a notice to a channel. Where webhooks may be is looked at as it is for requests of steps, redirects included; a mail
// server is where the operator says, which in most cases is a private address.

import type { Gateway } from "@stepwell/engine";
import { limits } from "@stepwell/protocol";
import type { DeliverNotice } from "./alert-keeper.ts";
import type { AlertChannel } from "./alert-settings.ts";
import type { Notice } from "./alert-state.ts";

const errorLengthMax = 300;

export interface DeliverParts {
  readonly gateway: Gateway;
  /** As the notice shows it, so that people know which server speaks. */
  readonly server: string;
}

export function noticeDeliverer({ gateway, server }: DeliverParts): DeliverNotice {
  return async (channel, notice) => {
    try {
      return await deliver(channel, notice, { gateway, server });
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).slice(0, errorLengthMax);
    }
  };
}

async function deliver(channel: AlertChannel, notice: Notice, { gateway, server }: DeliverParts): Promise<string | undefined> {
  switch (channel.kind) {
    case "webhook":
      return post(gateway, channel.url, webhookBody(notice, server), Object.entries(channel.headers));
    case "slack":
      return post(gateway, channel.url, { text: slackText(notice, server) }, []);
    case "mail":
      return mail(channel, notice, server);
    default:
      return channel satisfies never;
  }
}

async function post(
  gateway: Gateway,
  url: string,
  body: object,
  headers: readonly (readonly [string, string])[],
): Promise<string | undefined> {
  const request = {
    method: "POST",
    url,
    headers: [["content-type", "application/json"], ["user-agent", "stepwell"], ...headers] as const,
    body: JSON.stringify(body),
  };
  const reply = await gateway.send(request, AbortSignal.timeout(limits.alertDeliveryMsMax));
  if (reply.kind === "failed") return reply.message.slice(0, errorLengthMax);
  return reply.status >= 200 && reply.status <= 299 ? undefined : `${new URL(url).origin} answered with HTTP ${reply.status}`;
}

function webhookBody({ kind, since, at, ...notice }: Notice, server: string): object {
  return { type: `alert.${kind}`, ...notice, since: new Date(since).toISOString(), at: new Date(at).toISOString(), server };
}

const marks = { firing: "🔴", recovered: "🟢", test: "⚪" } as const;

/** Slack reads these three characters as its own. */
function slackText({ kind, rule, text }: Notice, server: string): string {
  const plain = (part: string): string => part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `${marks[kind]} *${plain(rule)}* on ${plain(server)}: ${plain(text)}`;
}

/** The library is loaded with the first mail: most servers send none. */
async function mail(channel: AlertChannel & { readonly kind: "mail" }, notice: Notice, server: string): Promise<undefined> {
  const { createTransport } = await import("nodemailer");
  const times = { connectionTimeout: limits.alertDeliveryMsMax, greetingTimeout: limits.alertDeliveryMsMax };
  const transport = createTransport({ url: channel.smtp, ...times, socketTimeout: limits.alertDeliveryMsMax });
  const { kind, rule, text, since, at } = notice;
  const word = { firing: "Alert", recovered: "Recovered", test: "Test" }[kind];
  try {
    await transport.sendMail({
      from: channel.from,
      to: [...channel.to],
      subject: `[stepwell] ${word}: ${rule}${kind === "test" ? "" : ` – ${notice.subject}`}`,
      text: `${text}\n\nRule: ${rule}\nServer: ${server}\nSince: ${new Date(since).toISOString()}\nAt: ${new Date(at).toISOString()}\n`,
    });
  } finally {
    transport.close();
  }
}
