import { all, change, count, transaction } from "./database.js";

const failedLoginsMax = 9;

export interface LockedAccount {
  readonly userId: string;
  readonly email: string;
  readonly firstName: string;
  readonly failedAttempts: number;
  readonly lockedAt: number;
}

/** Failed logins since the last one that went well, or since the account was unlocked. */
const failedSince = `
  select count(*) from logins
  where user_id = users.id and succeeded = 0
    and at > coalesce(users.unlocked_at, -1)
    and id > coalesce((select max(id) from logins where user_id = users.id and succeeded = 1), 0)`;

export function recordLogin(userId: string, succeeded: boolean): void {
  change("insert into logins (user_id, at, succeeded) values (?, ?, ?)", userId, Date.now(), succeeded ? 1 : 0);
}

/** Locks who has failed too often, and says who they are: the same when the same run asks again. */
export function lockSuspicious(runId: string, now: number): LockedAccount[] {
  return transaction(() => {
    change(`update users set locked_at = ?, locked_by = ? where locked_at is null and (${failedSince}) > ?`, now, runId, failedLoginsMax);
    return all(
      `select id, email, first_name, locked_at, (${failedSince}) as failed from users where locked_by = ? and locked_at is not null order by id`,
      runId,
    ).map((row) => ({
      userId: String(row["id"]),
      email: String(row["email"]),
      firstName: String(row["first_name"] ?? "User"),
      failedAttempts: Number(row["failed"]),
      lockedAt: Number(row["locked_at"]),
    }));
  });
}

export function unlock(userId: string): void {
  change("update users set locked_at = null, locked_by = null, unlocked_at = ? where id = ?", Date.now(), userId);
}

export function countActiveUsers(from: number, to: number): number {
  return count("select count(distinct user_id) from logins where succeeded = 1 and at >= ? and at < ?", from, to);
}

export function forgetLogins(until: number): number {
  return change("delete from logins where at <= ?", until);
}
