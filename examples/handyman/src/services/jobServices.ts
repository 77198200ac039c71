// Jobs, from their posting to their review. What follows from each step is up to the flows.

import { inngest } from "../config/inngest.js";
import { setAvailability, updateStats } from "../stores/handymen.js";
import type { Job, NewJob } from "../stores/jobs.js";
import * as jobs from "../stores/jobs.js";
import { HttpError } from "./httpError.js";
import { sendOrUndo } from "./sendOrUndo.js";

export async function postJob(posted: NewJob): Promise<Job> {
  const job = jobs.createJob(posted);
  await sendOrUndo(
    () => inngest.send({ name: "customer/job.posted", data: { jobId: job._id.toString(), customerId: job.customerId } }),
    () => jobs.removeJob(job),
  );
  return job;
}

export function respond(jobId: string, handymanId: string): void {
  if (getJob(jobId).status !== "open") throw new HttpError(409, "the job is taken");
  jobs.recordResponse(jobId, handymanId);
}

/** The customer takes one of those who answered, who is not available from then on. */
export function assign(jobId: string, customerId: string, handymanId: string): Job {
  ownJob(jobId, customerId);
  if (!jobs.hasResponded(jobId, handymanId)) throw new HttpError(409, "this handyman has not answered");
  if (!jobs.assignJob(jobId, handymanId)) throw new HttpError(409, "the job is taken");
  setAvailability(handymanId, { available: false, changedAt: Date.now() });
  return getJob(jobId);
}

export async function complete(jobId: string, handymanId: string): Promise<Job> {
  const completedAt = Date.now();
  if (!jobs.completeJob(jobId, handymanId, completedAt)) throw new HttpError(409, "the job is not yours, or not under way");
  const job = getJob(jobId);
  await sendOrUndo(
    () =>
      inngest.send({
        name: "handyman/job.completed",
        data: { jobId, handymanId, customerId: job.customerId, completedAt: new Date(completedAt).toISOString() },
      }),
    () => jobs.reopenJob(jobId),
  );
  return job;
}

/** With their review a customer says that the job is done for them too. */
export async function review(
  jobId: string,
  customerId: string,
  { rating, comment }: { readonly rating: number; readonly comment?: string | undefined },
): Promise<void> {
  const { handymanId, status } = ownJob(jobId, customerId);
  if (status !== "completed" || handymanId === undefined) throw new HttpError(409, "the job is not done yet");
  if (!jobs.createReview({ jobId, handymanId, customerId, rating, comment })) throw new HttpError(409, "the job is reviewed");
  updateStats(handymanId);
  await sendOrUndo(
    () => inngest.send({ name: "customer/job.completed", data: { jobId, customerId, handymanId, rating } }),
    () => {
      jobs.removeReview(jobId);
      updateStats(handymanId);
    },
  );
}

export function getJob(jobId: string): Job {
  const job = jobs.findJob(jobId);
  if (job === undefined) throw new HttpError(404, "no such job");
  return job;
}

function ownJob(jobId: string, customerId: string): Job {
  const job = getJob(jobId);
  if (job.customerId !== customerId) throw new HttpError(403, "the job is somebody else's");
  return job;
}
