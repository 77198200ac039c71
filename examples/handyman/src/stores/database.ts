// Everything the app knows, in one SQLite file. Instants are milliseconds since 1970, days are texts (2026-01-31).

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { settings } from "../config/settings.js";

mkdirSync(dirname(settings.databaseFile), { recursive: true });
export const database = new DatabaseSync(settings.databaseFile);
// Two processes may share the file: one waits for the other instead of failing.
database.exec("pragma busy_timeout = 5000");
database.exec(`
  pragma journal_mode = wal;
  create table if not exists users (
    id text primary key, email text not null unique, password_hash text not null,
    role text not null check (role in ('customer', 'handyman', 'admin')),
    first_name text, last_name text, phone text, address text,
    created_at integer not null, last_active_at integer not null,
    verified_at integer, two_factor_secret text, two_factor_enabled_at integer,
    -- The run that locked the account: a step that is done twice finds its own work again.
    locked_at integer, locked_by text, unlocked_at integer, archived_at integer
  ) strict;
  create table if not exists logins (
    id integer primary key, user_id text not null, at integer not null, succeeded integer not null
  ) strict;
  create index if not exists logins_by_user on logins (user_id, at);
  create index if not exists logins_by_time on logins (at);
  -- Of a token only its hash is kept.
  create table if not exists tokens (
    hash text primary key, kind text not null check (kind in ('verification', 'password_reset', 'refresh', 'session')),
    user_id text not null, expires_at integer not null
  ) strict, without rowid;
  create index if not exists tokens_by_expiry on tokens (expires_at);
  create table if not exists handymen (
    user_id text primary key, skills text not null default '[]', latitude real, longitude real,
    available integer not null default 1, availability_changed_at integer not null default 0,
    rating real, review_count integer not null default 0, completed_jobs integer not null default 0
  ) strict;
  create table if not exists jobs (
    id text primary key, customer_id text not null, title text not null, skill text not null,
    latitude real not null, longitude real not null, price_cents integer not null,
    status text not null default 'open' check (status in ('open', 'assigned', 'completed')),
    handyman_id text, posted_at integer not null, completed_at integer
  ) strict;
  create index if not exists jobs_by_handyman on jobs (handyman_id);
  create index if not exists jobs_by_status on jobs (status, skill);
  create table if not exists job_responses (
    job_id text not null, handyman_id text not null, at integer not null, primary key (job_id, handyman_id)
  ) strict, without rowid;
  create table if not exists reviews (
    job_id text primary key, handyman_id text not null, customer_id text not null,
    rating integer not null check (rating between 1 and 5), comment text, at integer not null
  ) strict;
  create index if not exists reviews_by_handyman on reviews (handyman_id);
  -- Each mail once: whoever sends it claims its key first.
  create table if not exists mails (
    key text primary key, recipient text not null, subject text not null, claimed_by text not null, claimed_at integer not null,
    sent_at integer, provider_id text
  ) strict;
  create table if not exists reports (kind text not null, period text not null, data text not null, primary key (kind, period)) strict;
  create table if not exists health (
    name text primary key, status text not null, detail text not null, since integer not null, previous text
  ) strict;
`);

export type Row = Record<string, unknown>;

export function all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
  return database.prepare(sql).all(...values);
}

export function find(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
  return database.prepare(sql).get(...values);
}

/** How many rows were changed. */
export function change(sql: string, ...values: readonly SQLInputValue[]): number {
  return Number(database.prepare(sql).run(...values).changes);
}

export function count(sql: string, ...values: readonly SQLInputValue[]): number {
  return Number(Object.values(find(sql, ...values) ?? {})[0] ?? 0);
}

/** All of it or nothing. What is done inside may not wait for anything. */
export function transaction<Result>(work: () => Result): Result {
  database.exec("begin immediate");
  try {
    const result = work();
    database.exec("commit");
    return result;
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
}
