import { all, change, count, find, type Row } from "./database.js";
import { ObjectId } from "./objectId.js";
import type { Place } from "./place.js";

export interface Job {
  readonly _id: ObjectId;
  readonly customerId: string;
  readonly title: string;
  readonly skill: string;
  readonly place: Place;
  readonly priceCents: number;
  readonly status: "open" | "assigned" | "completed";
  readonly handymanId: string | undefined;
  readonly completedAt: number | undefined;
}

export type NewJob = Pick<Job, "customerId" | "title" | "skill" | "place" | "priceCents">;

export function createJob({ customerId, title, skill, place, priceCents }: NewJob): Job {
  const id = new ObjectId();
  change(
    "insert into jobs (id, customer_id, title, skill, latitude, longitude, price_cents, posted_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
    id.toString(),
    customerId,
    title,
    skill,
    place.latitude,
    place.longitude,
    priceCents,
    Date.now(),
  );
  return { _id: id, customerId, title, skill, place, priceCents, status: "open", handymanId: undefined, completedAt: undefined };
}

export function removeJob(job: Job): void {
  change("delete from jobs where id = ?", job._id.toString());
}

export function findJob(id: string): Job | undefined {
  if (!ObjectId.isValid(id)) return undefined;
  const row = find("select * from jobs where id = ?", id.toLowerCase());
  return row === undefined ? undefined : jobOf(row);
}

/** Open jobs of some skills that a handyman has not answered, the eldest first. */
export function listPendingJobs(handymanId: string, skills: readonly string[]): Job[] {
  return all(
    `select * from jobs where status = 'open' and customer_id <> ? and skill in (select value from json_each(?))
       and not exists (select 1 from job_responses where job_id = jobs.id and handyman_id = ?)
     order by id`,
    handymanId,
    JSON.stringify(skills),
    handymanId,
  ).map(jobOf);
}

export function recordResponse(jobId: string, handymanId: string): void {
  change("insert into job_responses (job_id, handyman_id, at) values (?, ?, ?) on conflict do nothing", jobId, handymanId, Date.now());
}

export function countResponses(jobId: string): number {
  return count("select count(*) from job_responses where job_id = ?", jobId);
}

export function hasResponded(jobId: string, handymanId: string): boolean {
  return count("select count(*) from job_responses where job_id = ? and handyman_id = ?", jobId, handymanId) > 0;
}

/** False: it is not open any more. */
export function assignJob(jobId: string, handymanId: string): boolean {
  return change("update jobs set status = 'assigned', handyman_id = ? where id = ? and status = 'open'", handymanId, jobId) > 0;
}

/** False: it is not theirs, or not under way. */
export function completeJob(jobId: string, handymanId: string, completedAt: number): boolean {
  return (
    change(
      "update jobs set status = 'completed', completed_at = ? where id = ? and handyman_id = ? and status = 'assigned'",
      completedAt,
      jobId,
      handymanId,
    ) > 0
  );
}

/** What `completeJob` did is undone. */
export function reopenJob(jobId: string): void {
  change("update jobs set status = 'assigned', completed_at = null where id = ?", jobId);
}

export function countJobsUnderWay(handymanId: string): number {
  return count("select count(*) from jobs where handyman_id = ? and status = 'assigned'", handymanId);
}

export interface Review {
  readonly jobId: string;
  readonly handymanId: string;
  readonly customerId: string;
  readonly rating: number;
  readonly comment: string | undefined;
}

/** False: there is one already. */
export function createReview({ jobId, handymanId, customerId, rating, comment }: Review): boolean {
  return (
    change(
      "insert into reviews (job_id, handyman_id, customer_id, rating, comment, at) values (?, ?, ?, ?, ?, ?) on conflict do nothing",
      jobId,
      handymanId,
      customerId,
      rating,
      comment ?? null,
      Date.now(),
    ) > 0
  );
}

export function removeReview(jobId: string): void {
  change("delete from reviews where job_id = ?", jobId);
}

export function isReviewed(jobId: string): boolean {
  return count("select count(*) from reviews where job_id = ?", jobId) > 0;
}

function jobOf(row: Row): Job {
  return {
    _id: new ObjectId(String(row["id"])),
    customerId: String(row["customer_id"]),
    title: String(row["title"]),
    skill: String(row["skill"]),
    place: { latitude: Number(row["latitude"]), longitude: Number(row["longitude"]) },
    priceCents: Number(row["price_cents"]),
    status: row["status"] as Job["status"],
    handymanId: row["handyman_id"] === null ? undefined : String(row["handyman_id"]),
    completedAt: row["completed_at"] === null ? undefined : Number(row["completed_at"]),
  };
}
