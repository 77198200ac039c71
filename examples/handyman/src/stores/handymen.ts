import { all, change, find, type Row } from "./database.js";
import type { Job } from "./jobs.js";
import { distanceKm, type Place } from "./place.js";

export interface Handyman {
  readonly userId: string;
  readonly email: string;
  readonly firstName: string;
  readonly skills: readonly string[];
  readonly place: Place | undefined;
  readonly available: boolean;
  readonly availabilityChangedAt: number;
  readonly rating: number | undefined;
  readonly reviewCount: number;
  readonly completedJobs: number;
}

/** How far a handyman drives. */
export const nearbyKm = 25;

const select = "select h.*, u.email, u.first_name from handymen h join users u on u.id = h.user_id and u.archived_at is null";

export function findHandyman(userId: string): Handyman | undefined {
  const row = find(`${select} where h.user_id = ?`, userId);
  return row === undefined ? undefined : handymanOf(row);
}

export function listHandymen({ after, limit }: { readonly after: string; readonly limit: number }): Handyman[] {
  return all(`${select} where h.user_id > ? order by h.user_id limit ?`, after, limit).map(handymanOf);
}

export function setSkills(userId: string, { skills, place }: { readonly skills: readonly string[]; readonly place: Place }): void {
  change(
    "update handymen set skills = ?, latitude = ?, longitude = ? where user_id = ?",
    JSON.stringify(skills),
    place.latitude,
    place.longitude,
    userId,
  );
}

/** An earlier change that arrives later changes nothing. */
export function setAvailability(
  userId: string,
  { available, changedAt }: { readonly available: boolean; readonly changedAt: number },
): boolean {
  const changed = change(
    "update handymen set available = ?, availability_changed_at = ? where user_id = ? and availability_changed_at <= ?",
    available ? 1 : 0,
    changedAt,
    userId,
    changedAt,
  );
  return changed > 0;
}

/** Counts jobs and reviews anew instead of adding to numbers, so it may be done any number of times. */
export function updateStats(userId: string): Pick<Handyman, "rating" | "reviewCount" | "completedJobs"> {
  change(
    `update handymen set
       completed_jobs = (select count(*) from jobs where handyman_id = handymen.user_id and status = 'completed'),
       review_count = (select count(*) from reviews where handyman_id = handymen.user_id),
       rating = (select round(avg(rating), 2) from reviews where handyman_id = handymen.user_id)
     where user_id = ?`,
    userId,
  );
  const { rating, reviewCount, completedJobs } = findHandyman(userId) ?? { rating: undefined, reviewCount: 0, completedJobs: 0 };
  return { rating, reviewCount, completedJobs };
}

export interface Match {
  readonly handymanId: string;
  readonly distanceKm: number;
}

/** Who is available, can do it and is near, the nearest first. */
export function findMatches(job: Job, limit: number): Match[] {
  return all(`${select} where h.available = 1 and h.latitude is not null and h.user_id <> ?`, job.customerId)
    .map(handymanOf)
    .filter(({ skills }) => skills.includes(job.skill))
    .flatMap(({ userId, place }) => (place === undefined ? [] : [{ handymanId: userId, distanceKm: distanceKm(place, job.place) }]))
    .filter((match) => match.distanceKm <= nearbyKm)
    .sort((one, other) => one.distanceKm - other.distanceKm)
    .slice(0, limit);
}

function handymanOf(row: Row): Handyman {
  const { latitude, longitude, rating } = row;
  return {
    userId: String(row["user_id"]),
    email: String(row["email"]),
    firstName: String(row["first_name"] ?? "Handyman"),
    skills: JSON.parse(String(row["skills"])) as string[],
    place: typeof latitude === "number" && typeof longitude === "number" ? { latitude, longitude } : undefined,
    available: row["available"] === 1,
    availabilityChangedAt: Number(row["availability_changed_at"]),
    rating: typeof rating === "number" ? rating : undefined,
    reviewCount: Number(row["review_count"]),
    completedJobs: Number(row["completed_jobs"]),
  };
}
