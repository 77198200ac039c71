// What the flows around jobs do in their steps.

import { findHandyman, findMatches, type Handyman, listHandymen, type Match, nearbyKm } from "../stores/handymen.js";
import { findJob, type Job, listPendingJobs } from "../stores/jobs.js";
import { distanceKm } from "../stores/place.js";
import { type MailOutcome, sendOnce } from "./emailServices.js";
import * as templates from "./emailTemplates.js";

/** Ratings go from 1 to 5. Who has fewer reviews than this has not been judged yet. */
const reviewsMin = 3;
/** Below it tips are sent, from the other on thanks. */
const lowRating = 3;
const topRating = 4.5;
const matchesMax = 50;

export type Verdict = "tips" | "recognition" | "neither";
export interface NotSent {
  readonly sent: false;
}

/** Nobody for a job that is not there, or not open any more. */
export function findNearbyHandymen(jobId: string): readonly Match[] {
  const job = findJob(jobId);
  return job?.status === "open" ? findMatches(job, matchesMax) : [];
}

export interface JobMail {
  readonly jobId: string;
  readonly handymanId: string;
  readonly owner: string;
}

export async function notifyHandyman({ jobId, handymanId, owner }: JobMail, far: number): Promise<MailOutcome | NotSent> {
  const found = openJobFor(jobId, handymanId);
  if (found === undefined) return { sent: false };
  const mail = templates.jobNotificationEmail(found.handyman.firstName, found.job, far);
  return sendOnce(found.handyman.email, mail, { key: `job-notification:${jobId}:${handymanId}`, owner });
}

export async function followUp({ jobId, handymanId, owner }: JobMail): Promise<MailOutcome | NotSent> {
  const found = openJobFor(jobId, handymanId);
  if (found === undefined) return { sent: false };
  const mail = templates.jobFollowUpEmail(found.handyman.firstName, found.job);
  return sendOnce(found.handyman.email, mail, { key: `job-follow-up:${jobId}:${handymanId}`, owner });
}

/** The ids of open jobs that they could take. */
export function pendingJobsOf(handymanId: string): readonly string[] {
  const handyman = findHandyman(handymanId);
  const place = handyman?.place;
  if (handyman === undefined || place === undefined) return [];
  return listPendingJobs(handymanId, handyman.skills)
    .filter((job) => distanceKm(place, job.place) <= nearbyKm)
    .slice(0, matchesMax)
    .map((job) => job._id.toString());
}

export async function sendPendingJobs(handymanId: string, jobIds: readonly string[], owner: string): Promise<MailOutcome | NotSent> {
  const handyman = findHandyman(handymanId);
  const jobs = jobIds.flatMap((id) => findJob(id) ?? []);
  if (handyman === undefined) return { sent: false };
  return sendOnce(handyman.email, templates.pendingJobsEmail(handyman.firstName, jobs), { key: `pending-jobs:${owner}`, owner });
}

export interface Measured {
  readonly judged: readonly { readonly handymanId: string; readonly verdict: Exclude<Verdict, "neither"> }[];
  /** Where the next page begins; absent: there is none. */
  readonly last?: string;
}

const pageSize = 100;

/** A page of handymen, in the order of their ids: those who are to be written to. */
export function measurePerformance(after: string): Measured {
  const page = listHandymen({ after, limit: pageSize });
  const judged = page.flatMap((handyman) => {
    const verdict = verdictOf(handyman);
    return verdict === "neither" ? [] : [{ handymanId: handyman.userId, verdict }];
  });
  const last = page.at(-1)?.userId;
  return page.length < pageSize || last === undefined ? { judged } : { judged, last };
}

function verdictOf({ rating, reviewCount }: Pick<Handyman, "rating" | "reviewCount">): Verdict {
  if (rating === undefined || reviewCount < reviewsMin) return "neither";
  if (rating < lowRating) return "tips";
  return rating >= topRating ? "recognition" : "neither";
}

export interface VerdictMail {
  readonly handymanId: string;
  readonly verdict: Exclude<Verdict, "neither">;
  readonly week: string;
  readonly owner: string;
}

export async function sendVerdict({ handymanId, verdict, week, owner }: VerdictMail): Promise<MailOutcome | NotSent> {
  const handyman = findHandyman(handymanId);
  if (handyman?.rating === undefined) return { sent: false };
  const template = verdict === "tips" ? templates.improvementEmail : templates.recognitionEmail;
  return sendOnce(handyman.email, template(handyman.firstName, handyman.rating), { key: `${verdict}:${handymanId}:${week}`, owner });
}

/** Whoever has answered, or cannot be found, is not written to; nor is anybody of a job that is taken. */
function openJobFor(jobId: string, handymanId: string): { readonly job: Job; readonly handyman: Handyman } | undefined {
  const job = findJob(jobId);
  const handyman = findHandyman(handymanId);
  return job?.status === "open" && handyman !== undefined ? { job, handyman } : undefined;
}
