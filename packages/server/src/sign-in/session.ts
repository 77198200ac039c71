// Who has signed in is known by a cookie that says until when, sealed with a key that comes from the password's hash: nothing
// is kept of sessions, and a new password ends all of them.

import { createHmac } from "node:crypto";
import { equalInConstantTime } from "@stepwell/protocol";

export const sessionCookie = "stepwell_session";

/** What a page must send besides the cookie when it changes something: pages of other origins cannot. */
export const csrfHeader = "x-stepwell-csrf";

export function sealSession(passwordHash: string, endsAt: number): string {
  return `${endsAt}.${seal(passwordHash, String(endsAt))}`;
}

export function isSession(passwordHash: string, text: string, now: number): boolean {
  const [endsAt = "", given = ""] = text.split(".");
  return /^\d{1,15}$/.test(endsAt) && equalInConstantTime(given, seal(passwordHash, endsAt)) && now < Number(endsAt);
}

/** The value of the cookie in a request. */
export function sessionOf(request: Request): string | undefined {
  const pairs = (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${sessionCookie}=`))?.slice(sessionCookie.length + 1);
}

function seal(passwordHash: string, endsAt: string): string {
  return createHmac("sha256", `stepwell session\n${passwordHash}`).update(endsAt).digest("base64url");
}
