// Tokens that somebody holds: only their hashes are here, so whoever reads the file can use none of them.

import { createHash, randomBytes } from "node:crypto";
import { change, find } from "./database.js";

export type TokenKind = "verification" | "password_reset" | "refresh" | "session";

const hour = 3_600_000;
const livesMs: Readonly<Record<TokenKind, number>> = {
  verification: 24 * hour,
  password_reset: hour,
  refresh: 30 * 24 * hour,
  session: hour,
};

export function createToken(kind: TokenKind, userId: string): string {
  const token = randomBytes(24).toString("base64url");
  change(
    "insert into tokens (hash, kind, user_id, expires_at) values (?, ?, ?, ?)",
    hashOf(token),
    kind,
    userId,
    Date.now() + livesMs[kind],
  );
  return token;
}

/** Whose token it is, while it is valid. */
export function findToken(kind: TokenKind, token: string): string | undefined {
  const row = find("select user_id from tokens where hash = ? and kind = ? and expires_at > ?", hashOf(token), kind, Date.now());
  return row === undefined ? undefined : String(row["user_id"]);
}

/** As `findToken`; nobody can use it after that. */
export function consumeToken(kind: TokenKind, token: string): string | undefined {
  const userId = findToken(kind, token);
  if (userId !== undefined) change("delete from tokens where hash = ?", hashOf(token));
  return userId;
}

/** Whoever was signed in as them is so no longer. */
export function endSessions(userId: string): void {
  change("delete from tokens where user_id = ? and kind in ('session', 'refresh')", userId);
}

/** How many were deleted. One that expires at this instant has expired. */
export function deleteExpired(kind: TokenKind, now: number): number {
  return change("delete from tokens where kind = ? and expires_at <= ?", kind, now);
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
