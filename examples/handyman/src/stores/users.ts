import type { Role } from "../config/inngest.js";
import { all, change, find, type Row } from "./database.js";
import { ObjectId } from "./objectId.js";

export interface Profile {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly phone?: string;
  readonly address?: string;
}

export interface User {
  readonly _id: ObjectId;
  readonly email: string;
  readonly role: Role;
  readonly profile: Profile;
  readonly verified: boolean;
  readonly twoFactorEnabled: boolean;
  readonly locked: boolean;
  readonly archived: boolean;
  readonly lastActiveAt: number;
}

export interface NewUser {
  readonly email: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly profile: Profile;
}

/** Undefined: the address is taken. */
export function createUser({ email, passwordHash, role, profile }: NewUser): User | undefined {
  const id = new ObjectId();
  const now = Date.now();
  const created = change(
    `insert into users (id, email, password_hash, role, first_name, last_name, phone, address, created_at, last_active_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (email) do nothing`,
    id.toString(),
    email.toLowerCase(),
    passwordHash,
    role,
    profile.firstName ?? null,
    profile.lastName ?? null,
    profile.phone ?? null,
    profile.address ?? null,
    now,
    now,
  );
  if (created === 0) return undefined;
  if (role === "handyman") change("insert into handymen (user_id) values (?)", id.toString());
  return findUser(id.toString());
}

export function removeUser(user: User): void {
  change("delete from handymen where user_id = ?", user._id.toString());
  change("delete from tokens where user_id = ?", user._id.toString());
  change("delete from users where id = ?", user._id.toString());
}

/** Events come from outside too, with any text for an id: no user has it then. */
export function findUser(id: string): User | undefined {
  if (!ObjectId.isValid(id)) return undefined;
  const row = find("select * from users where id = ?", id.toLowerCase());
  return row === undefined ? undefined : userOf(row);
}

export function findUserByEmail(email: string): User | undefined {
  const row = find("select * from users where email = ?", email.toLowerCase());
  return row === undefined ? undefined : userOf(row);
}

export function secretsOf(user: User): { readonly passwordHash: string; readonly twoFactorSecret: string | undefined } {
  const row = find("select password_hash, two_factor_secret from users where id = ?", user._id.toString());
  return { passwordHash: String(row?.["password_hash"]), twoFactorSecret: text(row?.["two_factor_secret"]) };
}

export function setPassword(user: User, passwordHash: string): void {
  change("update users set password_hash = ? where id = ?", passwordHash, user._id.toString());
}

export function setVerified(user: User): void {
  change("update users set verified_at = coalesce(verified_at, ?) where id = ?", Date.now(), user._id.toString());
}

export function setTwoFactorSecret(user: User, secret: string): void {
  change("update users set two_factor_secret = ? where id = ?", secret, user._id.toString());
}

export function enableTwoFactor(user: User): void {
  change("update users set two_factor_enabled_at = ? where id = ?", Date.now(), user._id.toString());
}

export function disableTwoFactor(user: User): void {
  change("update users set two_factor_enabled_at = null where id = ?", user._id.toString());
}

/** What is not named stays. */
export function updateProfile(user: User, profile: Profile): void {
  const { firstName, lastName, phone, address } = { ...user.profile, ...profile };
  change(
    "update users set first_name = ?, last_name = ?, phone = ?, address = ? where id = ?",
    firstName ?? null,
    lastName ?? null,
    phone ?? null,
    address ?? null,
    user._id.toString(),
  );
}

/** Somebody is there; who had been archived is so no longer. */
export function touchUser(user: User): void {
  change("update users set last_active_at = ?, archived_at = null where id = ?", Date.now(), user._id.toString());
}

/** What a profile still lacks; a handyman is found by skills and place. */
export function missingFromProfile(user: User): readonly string[] {
  const { firstName, lastName, phone, address } = user.profile;
  const missing = Object.entries({ firstName, lastName, phone, address }).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (user.role !== "handyman") return missing;
  const row = find("select skills, latitude from handymen where user_id = ?", user._id.toString());
  if (row?.["skills"] === "[]") missing.push("skills");
  if (row?.["latitude"] === null) missing.push("location");
  return missing;
}

export interface Inactive {
  readonly userId: string;
  readonly lastActiveAt: number;
}

/** Who was last there at or before an instant, in the order of their ids, from the one after `after` on. */
export function listInactive({
  until,
  after,
  limit,
}: {
  readonly until: number;
  readonly after: string;
  readonly limit: number;
}): Inactive[] {
  return all(
    "select id, last_active_at from users where last_active_at <= ? and archived_at is null and id > ? order by id limit ?",
    until,
    after,
    limit,
  ).map((row) => ({ userId: String(row["id"]), lastActiveAt: Number(row["last_active_at"]) }));
}

/** How many were archived. Who is there to look after the others is never archived. */
export function archiveInactive({ until, now }: { readonly until: number; readonly now: number }): number {
  return change("update users set archived_at = ? where last_active_at <= ? and archived_at is null and role <> 'admin'", now, until);
}

export function listAdminEmails(): string[] {
  return all("select email from users where role = 'admin' and archived_at is null order by id").map((row) => String(row["email"]));
}

function userOf(row: Row): User {
  return {
    _id: new ObjectId(String(row["id"])),
    email: String(row["email"]),
    role: row["role"] as Role,
    profile: {
      ...optional("firstName", row["first_name"]),
      ...optional("lastName", row["last_name"]),
      ...optional("phone", row["phone"]),
      ...optional("address", row["address"]),
    },
    verified: row["verified_at"] !== null,
    twoFactorEnabled: row["two_factor_enabled_at"] !== null,
    locked: row["locked_at"] !== null,
    archived: row["archived_at"] !== null,
    lastActiveAt: Number(row["last_active_at"]),
  };
}

function optional<Name extends string>(name: Name, value: unknown): { readonly [key in Name]?: string } {
  return typeof value === "string" ? ({ [name]: value } as { readonly [key in Name]?: string }) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
