// What the app needs in order to work, and whether it is there.

import { settings } from "../config/settings.js";
import { all, change, find, type Row } from "../stores/database.js";
import { checkMail } from "./mailTransport.js";
import { pingRedis } from "./redisPing.js";

export interface Finding {
  readonly name: "database" | "redis" | "mail";
  readonly status: "ok" | "failing" | "not configured";
  readonly detail: string;
}

export async function checkDatabase(): Promise<Finding> {
  return judge("database", async () => void find("select 1"));
}

export async function checkRedis(): Promise<Finding> {
  const { redisUrl } = settings;
  if (redisUrl === undefined) return { name: "redis", status: "not configured", detail: "REDIS_URL is not set" };
  return judge("redis", () => pingRedis(redisUrl));
}

export async function checkExternalServices(): Promise<Finding> {
  return judge("mail", checkMail);
}

export interface Change {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  /** When it became so. */
  readonly since: number;
}

/**
 * Keeps what was found, and says what has begun to fail or is well again: it is told of once, not every 15 minutes. The same for
 * the same instant, however often it is asked.
 */
export function recordFindings(findings: readonly Finding[], now: number): readonly Change[] {
  for (const { name, status, detail } of findings)
    change(
      `insert into health (name, status, detail, since) values (?, ?, ?, ?)
       on conflict (name) do update set
         previous = case when status = excluded.status then previous else status end,
         since = case when status = excluded.status then since else excluded.since end,
         status = excluded.status, detail = excluded.detail`,
      name,
      status,
      detail,
      now,
    );
  return all(
    `select name, status, detail, since from health
     where since = ? and (status = 'failing' or (status = 'ok' and previous = 'failing')) order by name`,
    now,
  ).map(changeOf);
}

export function listHealth(): readonly Change[] {
  return all("select name, status, detail, since from health order by name").map(changeOf);
}

function changeOf(row: Row): Change {
  return { name: String(row["name"]), status: String(row["status"]), detail: String(row["detail"]), since: Number(row["since"]) };
}

async function judge(name: Finding["name"], check: () => Promise<void>): Promise<Finding> {
  try {
    await check();
    return { name, status: "ok", detail: "answers" };
  } catch (error) {
    return { name, status: "failing", detail: error instanceof Error ? error.message : String(error) };
  }
}
