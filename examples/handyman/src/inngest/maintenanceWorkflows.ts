// Reports, cleaning, and a look at everything the app needs. Schedules are in UTC.

import { inngest } from "../config/inngest.js";
import { adminEmails } from "../services/adminServices.js";
import * as analytics from "../services/analyticsServices.js";
import { sendOnce } from "../services/emailServices.js";
import { healthEmail, reportEmail, type Template } from "../services/emailTemplates.js";
import * as health from "../services/healthServices.js";
import * as maintenance from "../services/maintenanceServices.js";
import { cleanupExpiredTokens } from "./authWorkflows.js";
import { dueAt } from "./dueAt.js";

export const dailyAnalyticsFlow = inngest.createFunction(
  { id: "daily-analytics-flow", name: "Daily Analytics" },
  [{ cron: "0 1 * * *" }, { event: "system/analytics.daily" }],
  async ({ event, step, runId }) => {
    const day =
      event.name === "system/analytics.daily" && event.data.day !== undefined ? event.data.day : analytics.dayBefore(dueAt(event));
    const reportData = await step.run("generate-daily-report", () => analytics.dailyReport(day));
    await step.run("save-daily-report", () => {
      analytics.saveReport("daily", day, reportData);
      console.log("Daily Report Generated:", JSON.stringify(reportData, null, 2));
    });
    const sentTo = await step.run("find-admins", () => adminEmails());
    await Promise.all(
      sentTo.map((email) =>
        step.run(`send-daily-report-${email}`, () =>
          mailTo(email, reportEmail(`Daily report of ${day}`, reportData), `daily-report:${runId}`),
        ),
      ),
    );
    return { ...reportData, sentTo };
  },
);

export const weeklyMaintenanceFlow = inngest.createFunction(
  { id: "weekly-maintenance-flow", name: "Weekly Maintenance" },
  [{ cron: "0 3 * * 0" }, { event: "system/maintenance.weekly" }],
  async ({ event, step }) => {
    const now = dueAt(event);
    // A dependent workflow: this one goes on when the other has ended, with what it gave.
    const cleaned = await step.invoke("clean-expired-sessions", {
      function: cleanupExpiredTokens,
      data: { requestedBy: "weekly-maintenance-flow" },
    });
    const archivedUsers = await step.run("archive-inactive-users", () => maintenance.archiveInactiveUsers(now));
    const forgotten = await step.run("forget-history", () => maintenance.forgetHistory(now));
    const database = await step.run("optimize-database", () => maintenance.optimizeDatabase());
    return { cleaned, archivedUsers, forgotten, database };
  },
);

export const monthlyAnalyticsFlow = inngest.createFunction(
  { id: "monthly-analytics-flow", name: "Monthly Analytics" },
  { cron: "0 2 1 * *" },
  async ({ event, step, runId }) => {
    const { month, previous } = analytics.monthsBefore(dueAt(event));
    // Dependent steps: the two months are read side by side, and what follows needs both.
    const [current, before] = await Promise.all([
      step.run("measure-month", () => analytics.monthFigures(month)),
      step.run("measure-month-before", () => analytics.monthFigures(previous)),
    ]);
    const growth = await step.run("measure-growth", () => analytics.growth(current, before));
    const recommendations = await step.run("recommend", () => analytics.recommendations(growth));
    const report = { month, ...current, growth, recommendations };
    await step.run("save-monthly-report", () => analytics.saveReport("monthly", month, report));
    const sentTo = await step.run("find-admins", () => adminEmails());
    await Promise.all(
      sentTo.map((email) =>
        step.run(`send-monthly-report-${email}`, () => mailTo(email, reportEmail(`Report of ${month}`, report), `monthly-report:${runId}`)),
      ),
    );
    return { ...report, sentTo };
  },
);

export const systemHealthFlow = inngest.createFunction(
  { id: "system-health-flow", name: "System Health Monitoring" },
  { cron: "*/15 * * * *" },
  async ({ event, step, runId }) => {
    const now = dueAt(event);
    // What is down is a finding and no failure of the check.
    const findings = await Promise.all([
      step.run("check-database", () => health.checkDatabase()),
      step.run("check-redis", () => health.checkRedis()),
      step.run("check-external-services", () => health.checkExternalServices()),
    ]);
    const changes = await step.run("record-findings", () => {
      const changed = health.recordFindings(findings, now);
      for (const { name, status, detail } of changed) console.error(`System health: ${name} is ${status} (${detail})`);
      return changed;
    });
    if (changes.length === 0) return { findings, alerted: [] };
    const alerted = await step.run("find-admins", () => adminEmails());
    const lines = changes.map(({ name, status, detail }) => `${name} is ${status}: ${detail}`);
    await Promise.all(alerted.map((email) => step.run(`send-alert-${email}`, () => mailTo(email, healthEmail(lines), `health:${runId}`))));
    return { findings, alerted };
  },
);

/** The key is the run's: a report that is asked for again is sent again. */
function mailTo(email: string, template: Template, key: string) {
  return sendOnce(email, template, { key: `${key}:${email}`, owner: key });
}
