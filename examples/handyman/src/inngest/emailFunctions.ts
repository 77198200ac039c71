// The five mail jobs. "3 attempts" of the description are three calls in all: the first and two retries.
//
// A step may run more than once (its process can die after the work and before the result is recorded). Each mail has a key:
// of all that have one key, one is sent.

import { inngest } from "../config/inngest.js";
import * as emails from "../services/emailServices.js";
import { mailDelivery } from "./mailDelivery.js";

export const sendVerificationEmailJob = inngest.createFunction(
  { id: "send-verification-email-job", name: "Email Verification", ...mailDelivery({ attempts: 3 }) },
  { event: "auth/email.verification.requested" },
  async ({ event, step, runId }) => {
    const { userId, email, token, firstName } = event.data;
    const mail = await step.run("send-verification-email", () =>
      emails.sendVerificationEmail(email, token, { firstName, key: `verification:${runId}`, owner: runId }),
    );
    return { userId, mail };
  },
);

export const sendWelcomeEmailJob = inngest.createFunction(
  { id: "send-welcome-email-job", name: "Welcome Email", ...mailDelivery({ attempts: 2 }) },
  { event: "auth/user.registered" },
  async ({ event, step, runId }) => {
    const { userId, email, firstName, role } = event.data;
    const mail = await step.run("send-welcome-email", () => emails.sendWelcomeEmail(email, { userId, firstName, role, owner: runId }));
    return { userId, mail };
  },
);

export const sendPasswordResetJob = inngest.createFunction(
  { id: "send-password-reset-job", name: "Password Reset", ...mailDelivery({ attempts: 3 }) },
  { event: "auth/password.reset.requested" },
  async ({ event, step, runId }) => {
    const { userId, email, token, firstName } = event.data;
    const mail = await step.run("send-password-reset-email", () =>
      emails.sendPasswordResetEmail(email, token, { firstName, key: `password-reset:${runId}`, owner: runId }),
    );
    return { userId, mail };
  },
);

export const send2FAEnabledJob = inngest.createFunction(
  { id: "send-2fa-enabled-job", name: "2FA Enabled", ...mailDelivery({ attempts: 2 }) },
  { event: "auth/2fa.enabled" },
  async ({ event, step, runId }) => {
    const { userId, email, firstName } = event.data;
    const mail = await step.run("send-2fa-enabled-email", () =>
      emails.send2FAEnabledEmail(email, { firstName, key: `2fa-enabled:${runId}`, owner: runId }),
    );
    return { userId, mail };
  },
);

export const sendAccountLockedJob = inngest.createFunction(
  { id: "send-account-locked-job", name: "Account Locked", ...mailDelivery({ attempts: 2 }) },
  { event: "auth/account.locked" },
  async ({ event, step, runId }) => {
    const { userId, email, firstName, failedAttempts } = event.data;
    const mail = await step.run("send-account-locked-email", () =>
      emails.sendAccountLockedEmail(email, { firstName, failedAttempts, key: `account-locked:${runId}`, owner: runId }),
    );
    return { userId, mail };
  },
);
