// What mails say. Text is written once; HTML is made of it.

import type { Role } from "../config/inngest.js";
import { settings } from "../config/settings.js";
import type { Job } from "../stores/jobs.js";

export interface Template {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function verificationEmail(firstName: string, token: string): Template {
  const link = `${settings.appUrl}/api/auth/verify-email?token=${encodeURIComponent(token)}`;
  return template("Verify your email address", firstName, [
    `Please confirm that this address is yours: ${link}`,
    "The link is valid for 24 hours.",
  ]);
}

export function welcomeEmail(firstName: string, role: Role): Template {
  return template(`Welcome to Handyman App, ${firstName}!`, firstName, [
    role === "handyman"
      ? "Your account is ready. Tell us your skills and where you work, and jobs will come to you."
      : "Your account is ready. Post your first job, and handymen nearby will answer.",
  ]);
}

export function passwordResetEmail(firstName: string, token: string): Template {
  return template("Reset your password", firstName, [
    `Use this token to choose a new password: ${token}`,
    "It is valid for one hour. If you did not ask for it, nothing has to be done.",
  ]);
}

export function twoFactorEnabledEmail(firstName: string): Template {
  return template("Two-factor authentication is on", firstName, [
    "From now on your account asks for a code at each login.",
    "If this was not you, reset your password at once.",
  ]);
}

export function accountLockedEmail(firstName: string, failedAttempts: number): Template {
  return template("Your account is locked", firstName, [
    `There were ${failedAttempts} failed logins in a row, so we have locked your account.`,
    "Reset your password to open it again.",
  ]);
}

export function profileReminderEmail(firstName: string, missing: readonly string[]): Template {
  return template("Your profile is not complete yet", firstName, [`These are missing: ${missing.join(", ")}.`]);
}

const tips: Readonly<Record<Role, readonly string[]>> = {
  customer: ["Say what has to be done and by when: jobs with a clear title are answered twice as fast.", "Review who worked for you."],
  handyman: ["Answer within two hours: customers often take the first.", "Keep your availability up to date."],
  admin: ["The daily report comes at one in the morning (UTC).", "Health is checked every 15 minutes."],
};

export function tipsEmail(firstName: string, role: Role): Template {
  return template(`Tips for ${role === "admin" ? "administrators" : `${role}s`}`.replace("handymans", "handymen"), firstName, tips[role]);
}

export function recoveryEmail(firstName: string, days: number): Template {
  return template("We miss you", firstName, [`You were last here ${days} days ago. See what is new: ${settings.appUrl}`]);
}

export function jobNotificationEmail(firstName: string, job: Job, distanceKm: number): Template {
  return template(`New job near you: ${job.title}`, firstName, [...jobLines(job), `It is ${distanceKm} km away.`]);
}

export function jobFollowUpEmail(firstName: string, job: Job): Template {
  return template(`Still open: ${job.title}`, firstName, [...jobLines(job), "Nobody has answered yet."]);
}

export function pendingJobsEmail(firstName: string, jobs: readonly Job[]): Template {
  return template(`${jobs.length} open ${jobs.length === 1 ? "job" : "jobs"} near you`, firstName, jobs.flatMap(jobLines));
}

export function reviewRequestEmail(firstName: string, job: Job): Template {
  return template(`How was "${job.title}"?`, firstName, [`Please review the work: POST ${settings.appUrl}/api/jobs/${job._id}/review`]);
}

export function reviewReminderEmail(firstName: string, job: Job): Template {
  return template(`A reminder: how was "${job.title}"?`, firstName, ["Your review helps others to choose, and takes a minute."]);
}

export function improvementEmail(firstName: string, rating: number): Template {
  return template("Three ways to better reviews", firstName, [
    `Your rating is ${rating} of 5.`,
    "Come on time, or say so when you cannot.",
    "Agree on the price before you begin.",
    "Leave the place as clean as you found it.",
  ]);
}

export function recognitionEmail(firstName: string, rating: number): Template {
  return template("You are one of our best", firstName, [`Your rating is ${rating} of 5. Thank you for your work!`]);
}

export function reportEmail(title: string, data: unknown): Template {
  return template(title, "team", [JSON.stringify(data, null, 2)]);
}

export function healthEmail(lines: readonly string[]): Template {
  return template("System health: something has changed", "team", lines);
}

function jobLines(job: Job): readonly string[] {
  return [`${job.title}, ${(job.priceCents / 100).toFixed(2)} EUR.`, `Answer with POST ${settings.appUrl}/api/jobs/${job._id}/respond`];
}

function template(subject: string, firstName: string, lines: readonly string[]): Template {
  const paragraphs = [`Hello ${firstName},`, ...lines];
  return {
    // A subject is one line.
    subject: subject.replaceAll(/\s+/g, " "),
    text: `${paragraphs.join("\n\n")}\n`,
    html: paragraphs.map((line) => `<p style="white-space: pre-wrap">${escapeHtml(line)}</p>`).join("\n"),
  };
}

/** Names and titles come from people. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
