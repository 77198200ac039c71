// What happens after a job is done.

import { findHandyman } from "../stores/handymen.js";
import { countJobsUnderWay, findJob, isReviewed } from "../stores/jobs.js";
import { findUser } from "../stores/users.js";
import { type MailOutcome, sendOnce } from "./emailServices.js";
import * as templates from "./emailTemplates.js";

export interface ReviewMail {
  readonly jobId: string;
  readonly customerId: string;
  readonly owner: string;
}

/** Who has reviewed the job is not asked. */
export async function requestReview(
  kind: "request" | "reminder",
  { jobId, customerId, owner }: ReviewMail,
): Promise<MailOutcome | { readonly sent: false }> {
  const job = findJob(jobId);
  const customer = findUser(customerId);
  if (job === undefined || customer === undefined || isReviewed(jobId)) return { sent: false };
  const template = kind === "request" ? templates.reviewRequestEmail : templates.reviewReminderEmail;
  return sendOnce(customer.email, template(customer.profile.firstName ?? "User", job), { key: `review-${kind}:${jobId}`, owner });
}

/** Not who has another job under way, nor who has said since whether they are available. */
export function isFreeAgain(handymanId: string, completedAt: number): boolean {
  const handyman = findHandyman(handymanId);
  if (handyman === undefined || handyman.available || countJobsUnderWay(handymanId) > 0) return false;
  return handyman.availabilityChangedAt <= completedAt;
}
