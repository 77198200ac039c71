// What happens to accounts, by and by.

import { inngest } from "../config/inngest.js";
import { sendOnce, sendWelcomeEmail } from "../services/emailServices.js";
import * as templates from "../services/emailTemplates.js";
import { lockSuspicious } from "../stores/logins.js";
import { deleteExpired } from "../stores/tokens.js";
import { findUser, listInactive, missingFromProfile } from "../stores/users.js";
import { dueAt } from "./dueAt.js";
import { mailsAtOnce } from "./mailDelivery.js";

const day = 86_400_000;
/** Who was not there for this long is written to. */
const inactiveDays = 30;
const pageSize = 100;

export const userOnboardingFlow = inngest.createFunction(
  { id: "user-onboarding-flow", name: "User Onboarding Flow" },
  { event: "user/onboarding.started" },
  async ({ event, step, runId }) => {
    const { userId, email, firstName, role } = event.data;
    const welcome = await step.run("send-welcome-email", () => sendWelcomeEmail(email, { userId, firstName, role, owner: runId }));

    await step.sleep("wait-for-profile", "24h");
    const missing = await step.run("check-profile-completion", () => {
      const user = findUser(userId);
      return user === undefined ? [] : missingFromProfile(user);
    });
    // A conditional step: whoever has a complete profile hears nothing of it.
    if (missing.length > 0) {
      await step.run("send-profile-reminder", () =>
        sendOnce(email, templates.profileReminderEmail(firstName, missing), { key: `profile-reminder:${userId}`, owner: runId }),
      );
      await step.sendEvent("tell-profile-incomplete", {
        name: "user/profile.incomplete",
        data: { userId, email, firstName, missing: [...missing] },
      });
    }

    await step.sleep("wait-for-first-days", "3d");
    // The key is the user's, as that of the welcome: an onboarding that is started twice writes once.
    const tips = await step.run("send-role-specific-tips", () =>
      sendOnce(email, templates.tipsEmail(firstName, role), { key: `tips:${userId}`, owner: runId }),
    );
    return { userId, welcome, missing, tips };
  },
);

export const cleanupExpiredTokens = inngest.createFunction(
  { id: "cleanup-expired-tokens", name: "Token Cleanup" },
  [{ cron: "0 2 * * *" }, { event: "system/cleanup.expired.tokens" }],
  async ({ event, step }) => {
    const now = dueAt(event);
    // Deleting twice deletes nothing more.
    const verification = await step.run("clean-verification-tokens", () => deleteExpired("verification", now));
    const passwordReset = await step.run("clean-password-reset-tokens", () => deleteExpired("password_reset", now));
    const refresh = await step.run("clean-refresh-tokens", () => deleteExpired("refresh", now));
    const sessions = await step.run("clean-expired-sessions", () => deleteExpired("session", now));
    return { verification, passwordReset, refresh, sessions };
  },
);

export const accountRecoveryFlow = inngest.createFunction(
  { id: "account-recovery-flow", name: "Account Recovery", concurrency: mailsAtOnce },
  { cron: "0 9 * * 1" },
  async ({ event, step, runId }) => {
    const now = dueAt(event);
    const until = now - inactiveDays * day;
    let written = 0;
    // Ends with the first page that is not full.
    for (let page = 1, after = ""; ; page += 1) {
      const users = await step.run(`find-inactive-users-${page}`, () => listInactive({ until, after, limit: pageSize }));
      const outcomes = await Promise.all(
        users.map(({ userId, lastActiveAt }) =>
          step.run(`re-engage-${userId}`, async () => {
            const user = findUser(userId);
            // Somebody who has come back meanwhile is not missed.
            if (user === undefined || user.lastActiveAt !== lastActiveAt) return { sent: false };
            const days = Math.floor((now - lastActiveAt) / day);
            // Once for each time that somebody was away, not every Monday.
            return sendOnce(user.email, templates.recoveryEmail(user.profile.firstName ?? "User", days), {
              key: `recovery:${userId}:${lastActiveAt}`,
              owner: runId,
            });
          }),
        ),
      );
      written += outcomes.filter(({ sent }) => sent).length;
      if (users.length < pageSize) return { written };
      after = users.at(-1)?.userId ?? after;
    }
  },
);

export const securityMonitoringFlow = inngest.createFunction(
  { id: "security-monitoring-flow", name: "Security Monitoring" },
  { cron: "0 */6 * * *" },
  async ({ event, step, runId }) => {
    const locked = await step.run("lock-suspicious-accounts", () => lockSuspicious(runId, dueAt(event)));
    if (locked.length > 0)
      await step.sendEvent(
        "notify-locked-accounts",
        locked.map(({ lockedAt, ...account }) => ({
          // A second send of it starts nothing.
          id: `account-locked-${account.userId}-${lockedAt}`,
          name: "auth/account.locked" as const,
          data: { ...account, lockedAt: new Date(lockedAt).toISOString() },
        })),
      );
    return { locked: locked.map(({ userId }) => userId) };
  },
);
