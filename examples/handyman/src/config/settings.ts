// What the environment says, read once. `.env` beside the package is read first, and what is set already wins over it.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../..", import.meta.url));
if (process.env["NODE_ENV"] !== "test" && existsSync(`${folder}.env`)) process.loadEnvFile(`${folder}.env`);

const port = Number(read("PORT") ?? 3006);
const appUrl = read("APP_URL") ?? `http://localhost:${port}`;

export const settings = {
  port,
  /** What links in mails begin with. */
  appUrl,
  appId: read("INNGEST_APP_ID") ?? "handyman-app",
  databaseFile: read("HANDYMAN_DB") ?? `${folder}.data/handyman.db`,
  redisUrl: read("REDIS_URL"),
  mail: mailSettings(),
  /** How long after its first failure a mail is tried again; twice as long after the second. */
  mailRetryBase: read("MAIL_RETRY_BASE") ?? "10s",
  mailFrom: read("MAIL_FROM") ?? "Handyman App <hello@handyman.example>",
  adminEmails: (read("ADMIN_EMAILS") ?? "")
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== ""),
};

export type MailSettings =
  | { readonly kind: "smtp"; readonly url: string }
  | { readonly kind: "resend"; readonly apiKey: string; readonly baseUrl: string };

function mailSettings(): MailSettings {
  const smtpUrl = read("SMTP_URL");
  if (smtpUrl !== undefined) return { kind: "smtp", url: smtpUrl };
  const apiKey = read("RESEND_API_KEY");
  // The name that Resend's own client reads as well.
  if (apiKey !== undefined) return { kind: "resend", apiKey, baseUrl: read("RESEND_BASE_URL") ?? "https://api.resend.com" };
  if (process.env["NODE_ENV"] !== "production") return { kind: "smtp", url: "smtp://localhost:1025" };
  throw new Error("mail has no way out: set RESEND_API_KEY, or SMTP_URL");
}

/** A variable that is set to nothing is not set. */
function read(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === "" ? undefined : value;
}
