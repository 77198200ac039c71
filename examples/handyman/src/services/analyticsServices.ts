// Figures of a day and of a month. Days and months are those of UTC.

import { all, change, count, find } from "../stores/database.js";
import { countActiveUsers } from "../stores/logins.js";

const dayMs = 86_400_000;

export interface DailyReport {
  readonly day: string;
  readonly newUsers: number;
  readonly activeUsers: number;
  readonly completedJobs: number;
  readonly revenueCents: number;
  readonly userStats: {
    readonly total: number;
    readonly byRole: Readonly<Record<string, number>>;
    readonly verified: number;
    readonly archived: number;
  };
}

/** The day that was over at an instant: yesterday. */
export function dayBefore(instant: number): string {
  return dayOf(instant - dayMs);
}

export function dailyReport(day: string): DailyReport {
  const from = Date.parse(`${day}T00:00:00Z`);
  return { day, ...figures(from, from + dayMs), userStats: userStats() };
}

export interface MonthFigures {
  readonly newUsers: number;
  readonly activeUsers: number;
  readonly completedJobs: number;
  readonly revenueCents: number;
}

/** The month that was over at an instant, and the one before it: "2026-01". */
export function monthsBefore(instant: number): { readonly month: string; readonly previous: string } {
  const now = new Date(instant);
  const month = (back: number): string => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
  return { month: month(1), previous: month(2) };
}

export function monthFigures(month: string): MonthFigures {
  const from = new Date(`${month}-01T00:00:00Z`);
  return figures(from.getTime(), Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
}

export interface Growth {
  readonly totalUsers: number;
  /** Parts of one; absent where there was nothing to grow from. */
  readonly newUsersGrowth?: number;
  readonly revenueGrowth?: number;
  /** Of all users, those who logged in. */
  readonly engagementRate: number;
}

export function growth(current: MonthFigures, previous: MonthFigures): Growth {
  const totalUsers = count("select count(*) from users where archived_at is null");
  return {
    totalUsers,
    ...(previous.newUsers > 0 ? { newUsersGrowth: ratio(current.newUsers - previous.newUsers, previous.newUsers) } : {}),
    ...(previous.revenueCents > 0 ? { revenueGrowth: ratio(current.revenueCents - previous.revenueCents, previous.revenueCents) } : {}),
    engagementRate: totalUsers > 0 ? ratio(current.activeUsers, totalUsers) : 0,
  };
}

/** What the figures suggest. */
export function recommendations({ newUsersGrowth, revenueGrowth, engagementRate }: Growth): readonly string[] {
  return [
    ...(newUsersGrowth !== undefined && newUsersGrowth < 0
      ? ["Fewer people register than a month ago: look at where they come from."]
      : []),
    ...(engagementRate < 0.25 ? ["Less than a quarter of the users logged in: write to those who are away."] : []),
    ...(revenueGrowth !== undefined && revenueGrowth < 0 ? ["Revenue fell: see whether jobs stay without an answer."] : []),
  ];
}

/** A report that is made again replaces the first. */
export function saveReport(kind: "daily" | "monthly", period: string, data: unknown): void {
  change(
    "insert into reports (kind, period, data) values (?, ?, ?) on conflict (kind, period) do update set data = excluded.data",
    kind,
    period,
    JSON.stringify(data),
  );
}

function figures(from: number, to: number): MonthFigures {
  const completed = find(
    "select count(*) as jobs, coalesce(sum(price_cents), 0) as cents from jobs where status = 'completed' and completed_at >= ? and completed_at < ?",
    from,
    to,
  );
  return {
    newUsers: count("select count(*) from users where created_at >= ? and created_at < ?", from, to),
    activeUsers: countActiveUsers(from, to),
    completedJobs: Number(completed?.["jobs"]),
    revenueCents: Number(completed?.["cents"]),
  };
}

function userStats(): DailyReport["userStats"] {
  const byRole = Object.fromEntries(
    all("select role, count(*) as n from users group by role order by role").map(({ role, n }) => [String(role), Number(n)]),
  );
  return {
    total: count("select count(*) from users"),
    byRole,
    verified: count("select count(*) from users where verified_at is not null"),
    archived: count("select count(*) from users where archived_at is not null"),
  };
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

function ratio(part: number, whole: number): number {
  return Math.round((part / whole) * 1_000) / 1_000;
}
