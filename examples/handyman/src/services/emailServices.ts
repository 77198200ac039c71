// Each mail of the app, sent once.

import { setTimeout as wait } from "node:timers/promises";
import type { Role } from "../config/inngest.js";
import { claimMail, type MailClaim, recordSent, releaseMail } from "../stores/mailLog.js";
import * as templates from "./emailTemplates.js";
import { deliver } from "./mailTransport.js";

export interface Sending {
  /** Names the mail: of all that have one key, one is sent. */
  readonly key: string;
  /** Who sends it: the id of the run. */
  readonly owner: string;
}

const claimPatienceMs = 20_000;
const lookMs = 50;

export type MailOutcome = { readonly sent: true; readonly id: string } | { readonly sent: false; readonly reason: "already sent" };

export async function sendOnce(to: string, { subject, text, html }: templates.Template, { key, owner }: Sending): Promise<MailOutcome> {
  const claim = await settledClaim({ key, owner, recipient: to, subject });
  if (claim === "sent") return { sent: false, reason: "already sent" };
  try {
    const id = await deliver({ to, subject, text, html, key });
    recordSent(key, id);
    return { sent: true, id };
  } catch (error) {
    releaseMail(key, owner);
    throw error;
  }
}

/** While another run sends the same mail this one waits: it costs no attempt, and if the other fails it is this one's turn. */
async function settledClaim(claim: MailClaim): Promise<"ours" | "sent"> {
  for (let waitedMs = 0; waitedMs < claimPatienceMs; waitedMs += lookMs) {
    const outcome = claimMail(claim);
    if (outcome !== "under_way") return outcome;
    await wait(lookMs);
  }
  throw new Error(`another run has been sending ${claim.key} for ${claimPatienceMs / 1_000} seconds`);
}

export function sendVerificationEmail(email: string, token: string, by: Sending & { readonly firstName: string }): Promise<MailOutcome> {
  return sendOnce(email, templates.verificationEmail(by.firstName, token), by);
}

/** Two flows welcome a user: the key is the user's, so one of them does. */
export function sendWelcomeEmail(
  email: string,
  { userId, firstName, role, owner }: { readonly userId: string; readonly firstName: string; readonly role: Role; readonly owner: string },
): Promise<MailOutcome> {
  return sendOnce(email, templates.welcomeEmail(firstName, role), { key: `welcome:${userId}`, owner });
}

export function sendPasswordResetEmail(email: string, token: string, by: Sending & { readonly firstName: string }): Promise<MailOutcome> {
  return sendOnce(email, templates.passwordResetEmail(by.firstName, token), by);
}

export function send2FAEnabledEmail(email: string, by: Sending & { readonly firstName: string }): Promise<MailOutcome> {
  return sendOnce(email, templates.twoFactorEnabledEmail(by.firstName), by);
}

export function sendAccountLockedEmail(
  email: string,
  by: Sending & { readonly firstName: string; readonly failedAttempts: number },
): Promise<MailOutcome> {
  return sendOnce(email, templates.accountLockedEmail(by.firstName, by.failedAttempts), by);
}
