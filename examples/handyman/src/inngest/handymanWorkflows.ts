// From a job that somebody posts to the review of it.

import { inngest } from "../config/inngest.js";
import * as handymen from "../services/handymanServices.js";
import { isFreeAgain, requestReview } from "../services/reviewServices.js";
import { setAvailability, updateStats } from "../stores/handymen.js";
import { countResponses } from "../stores/jobs.js";
import { dueAt } from "./dueAt.js";
import { mailsAtOnce } from "./mailDelivery.js";

export const jobMatchingFlow = inngest.createFunction(
  { id: "job-matching-flow", name: "Job Matching Flow", concurrency: mailsAtOnce },
  { event: "customer/job.posted" },
  async ({ event, step, runId }) => {
    const { jobId } = event.data;
    const matches = await step.run("find-nearby-handymen", () => handymen.findNearbyHandymen(jobId));
    if (matches.length === 0) return { jobId, matched: 0, responses: 0, followedUp: false };

    // Parallel steps: all are written to at once, and each is tried again alone.
    await Promise.all(
      matches.map(({ handymanId, distanceKm }) =>
        step.run(`notify-${handymanId}`, () => handymen.notifyHandyman({ jobId, handymanId, owner: runId }, distanceKm)),
      ),
    );
    await step.sendEvent(
      "tell-matches",
      matches.map(({ handymanId, distanceKm }) => ({
        // A second send of it starts nothing.
        id: `job-matched-${jobId}-${handymanId}`,
        name: "handyman/job.matched" as const,
        data: { jobId, handymanId, distanceKm },
      })),
    );

    await step.sleep("wait-for-responses", "2h");
    const responses = await step.run("check-responses", () => countResponses(jobId));
    if (responses > 0) return { jobId, matched: matches.length, responses, followedUp: false };
    await Promise.all(
      matches.map(({ handymanId }) => step.run(`follow-up-${handymanId}`, () => handymen.followUp({ jobId, handymanId, owner: runId }))),
    );
    return { jobId, matched: matches.length, responses, followedUp: true };
  },
);

export const jobCompletionFlow = inngest.createFunction(
  { id: "job-completion-flow", name: "Job Completion Flow" },
  { event: "handyman/job.completed" },
  async ({ event, step, runId }) => {
    const { jobId, handymanId, customerId, completedAt } = event.data;
    const stats = await step.run("update-rating-and-stats", () => updateStats(handymanId));

    await step.sleep("wait-before-review-request", "24h");
    const request = await step.run("request-review", () => requestReview("request", { jobId, customerId, owner: runId }));
    await step.sleep("wait-for-review", "3d");
    const reminder = await step.run("send-review-reminder-if-needed", () => requestReview("reminder", { jobId, customerId, owner: runId }));

    const available = await step.run("check-availability", () => isFreeAgain(handymanId, Date.parse(completedAt)));
    // The flow of availability does the rest, and looks for jobs that wait.
    if (available)
      await step.sendEvent("update-availability", {
        id: `available-after-${jobId}`,
        name: "handyman/availability.changed",
        data: { handymanId, available: true, changedAt: completedAt },
      });
    return { jobId, stats, request, reminder, available };
  },
);

export const handymanAvailabilityFlow = inngest.createFunction(
  { id: "handyman-availability-flow", name: "Availability Management" },
  { event: "handyman/availability.changed" },
  async ({ event, step, runId }) => {
    const { handymanId, available, changedAt } = event.data;
    const updated = await step.run("update-availability", () =>
      setAvailability(handymanId, { available, changedAt: Date.parse(changedAt) }),
    );
    if (!updated || !available) return { handymanId, updated, pendingJobs: [] };
    const pendingJobs = await step.run("check-pending-jobs", () => handymen.pendingJobsOf(handymanId));
    if (pendingJobs.length > 0) await step.run("send-pending-jobs", () => handymen.sendPendingJobs(handymanId, pendingJobs, runId));
    return { handymanId, updated, pendingJobs };
  },
);

export const handymanPerformanceFlow = inngest.createFunction(
  { id: "handyman-performance-flow", name: "Performance Monitoring", concurrency: mailsAtOnce },
  { cron: "0 0 * * 1" },
  async ({ event, step, runId }) => {
    const week = new Date(dueAt(event)).toISOString().slice(0, 10);
    const written = { tips: 0, recognition: 0 };
    // Ends with the last page.
    for (let page = 1, after: string | undefined = ""; after !== undefined; page += 1) {
      const from: string = after;
      const { judged, last } = await step.run(`measure-performance-${page}`, () => handymen.measurePerformance(from));
      const outcomes = await Promise.all(
        judged.map(({ handymanId, verdict }) =>
          step.run(`send-${verdict}-${handymanId}`, async () => ({
            verdict,
            ...(await handymen.sendVerdict({ handymanId, verdict, week, owner: runId })),
          })),
        ),
      );
      for (const { verdict, sent } of outcomes) if (sent) written[verdict] += 1;
      after = last;
    }
    return { week, ...written };
  },
);
