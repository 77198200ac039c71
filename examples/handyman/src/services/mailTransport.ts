// The way out for mail: SMTP, or Resend over HTTP.

import nodemailer from "nodemailer";
import { NonRetriableError, RetryAfterError } from "../config/sdk.js";
import { type MailSettings, settings } from "../config/settings.js";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same for every try, so that mail programs and Resend know a mail that was sent twice as one. */
  readonly key: string;
}

/** How long a mail server may take, in ms. */
const patienceMs = 15_000;
const smtpTimes = { connectionTimeout: patienceMs, greetingTimeout: patienceMs, socketTimeout: patienceMs };

const smtp = settings.mail.kind === "smtp" ? nodemailer.createTransport({ url: settings.mail.url, ...smtpTimes }) : undefined;

/** The id that the transport gave it. */
export async function deliver(mail: Mail): Promise<string> {
  return settings.mail.kind === "resend" ? sendByResend(mail, settings.mail) : sendBySmtp(mail);
}

/** Resolves when mail could be sent now. */
export async function checkMail(): Promise<void> {
  if (smtp !== undefined) {
    await smtp.verify();
    return;
  }
  if (settings.mail.kind !== "resend") return;
  const { apiKey, baseUrl } = settings.mail;
  const response = await fetch(`${baseUrl}/domains`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal: AbortSignal.timeout(patienceMs),
  });
  await response.body?.cancel();
  // A key that may only send is refused here, and by a service that is there.
  if (response.status >= 500) throw new Error(`Resend answers with HTTP ${response.status}`);
}

async function sendBySmtp({ key, ...mail }: Mail): Promise<string> {
  if (smtp === undefined) throw new Error("no SMTP server is configured");
  const { messageId } = await smtp.sendMail({ from: settings.mailFrom, messageId: `<${messageIdOf(key)}@handyman.example>`, ...mail });
  return String(messageId);
}

async function sendByResend({ to, subject, text, html, key }: Mail, { apiKey, baseUrl }: Extract<MailSettings, { kind: "resend" }>) {
  const response = await fetch(`${baseUrl}/emails`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify({ from: settings.mailFrom, to: [to], subject, text, html }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const answer = await response.text();
  if (response.ok) return (JSON.parse(answer) as { readonly id: string }).id;
  throw refusal(response, answer);
}

/** What Resend will not take now it may take later, or never. */
function refusal(response: Response, answer: string): Error {
  const message = `Resend answers with HTTP ${response.status}: ${answer.slice(0, 500)}`;
  const retryAfter = response.headers.get("retry-after");
  if (response.status === 429) return new RetryAfterError(message, `${Number(retryAfter) || 1}s`);
  // 409: the first try of this mail is still under way.
  if (response.status >= 500 || response.status === 408 || response.status === 409) return new Error(message);
  return new NonRetriableError(message);
}

/** Keys have colons and slashes, which the left part of a message id may not have. */
function messageIdOf(key: string): string {
  return key.replaceAll(/[^\w.-]/g, ".");
}
