// Accounts. Mail is none of its business: it sends events, and answers at once.

import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { inngest, type Role } from "../config/inngest.js";
import { recordLogin, unlock } from "../stores/logins.js";
import { consumeToken, createToken, endSessions } from "../stores/tokens.js";
import type { Profile, User } from "../stores/users.js";
import * as users from "../stores/users.js";
import { HttpError } from "./httpError.js";
import { createSecret, isCode } from "./oneTimeCode.js";
import { sendOrUndo } from "./sendOrUndo.js";

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly role: Exclude<Role, "admin">;
  readonly profile: Profile;
}

export async function register({ email, password, role, profile }: Registration): Promise<User> {
  const user = users.createUser({ email, passwordHash: await hash(password), role, profile });
  if (user === undefined) throw new HttpError(409, "the address is taken");
  const verificationToken = createToken("verification", user._id.toString());
  const data = { userId: user._id.toString(), email: user.email, firstName: user.profile?.firstName || "User" };
  await sendOrUndo(
    () =>
      inngest.send([
        { name: "auth/email.verification.requested", data: { ...data, token: verificationToken } },
        {
          name: "auth/user.registered",
          data: { ...data, role, ...(profile.lastName === undefined ? {} : { lastName: profile.lastName }) },
        },
        { name: "user/onboarding.started", data: { ...data, role } },
      ]),
    () => users.removeUser(user),
  );
  return user;
}

export async function resendVerification(user: User): Promise<void> {
  if (user.verified) throw new HttpError(409, "the address is verified");
  const verificationToken = createToken("verification", user._id.toString());
  await sendOrUndo(() =>
    inngest.send({
      name: "auth/email.verification.requested",
      data: {
        userId: user._id.toString(),
        email: user.email,
        token: verificationToken,
        firstName: user.profile?.firstName || "User",
      },
    }),
  );
}

export function verifyEmail(token: string): User {
  const user = userOfToken("verification", token);
  users.setVerified(user);
  return { ...user, verified: true };
}

export interface Login {
  readonly email: string;
  readonly password: string;
  readonly code?: string | undefined;
}

export async function login({ email, password, code }: Login): Promise<{ readonly token: string; readonly refreshToken: string }> {
  const user = users.findUserByEmail(email);
  // As long as for a password that is wrong: nobody learns from the time which addresses there are.
  if (user === undefined) {
    await hash(password);
    throw new HttpError(401, "the address or the password is wrong");
  }
  if (user.locked) throw new HttpError(423, "the account is locked: reset the password to open it");
  const { passwordHash, twoFactorSecret } = users.secretsOf(user);
  const isRight = await isPassword(password, passwordHash);
  const isProven = !user.twoFactorEnabled || (twoFactorSecret !== undefined && isCode(twoFactorSecret, code ?? "", Date.now()));
  recordLogin(user._id.toString(), isRight && isProven);
  if (!isRight) throw new HttpError(401, "the address or the password is wrong");
  if (!isProven) throw new HttpError(401, "the code of the authenticator is missing or wrong");
  users.touchUser(user);
  return tokensFor(user);
}

export function refresh(refreshToken: string): { readonly token: string; readonly refreshToken: string } {
  const user = userOfToken("refresh", refreshToken);
  if (user.locked) throw new HttpError(423, "the account is locked: reset the password to open it");
  return tokensFor(user);
}

/** Answers the same for an address that nobody has. */
export async function requestPasswordReset(email: string): Promise<void> {
  const user = users.findUserByEmail(email);
  if (user === undefined) return;
  const resetToken = createToken("password_reset", user._id.toString());
  await sendOrUndo(() =>
    inngest.send({
      name: "auth/password.reset.requested",
      data: { userId: user._id.toString(), email: user.email, token: resetToken, firstName: user.profile?.firstName || "User" },
    }),
  );
}

/** Opens a locked account too: whoever has the mail is the owner. */
export async function resetPassword(token: string, password: string): Promise<void> {
  const passwordHash = await hash(password);
  const user = userOfToken("password_reset", token);
  users.setPassword(user, passwordHash);
  unlock(user._id.toString());
  endSessions(user._id.toString());
}

/** The secret goes into an authenticator app; nothing is on before a code of it was shown. */
export function setUp2FA(user: User): { readonly secret: string; readonly url: string } {
  if (user.twoFactorEnabled) throw new HttpError(409, "two-factor authentication is on");
  const secret = createSecret();
  users.setTwoFactorSecret(user, secret);
  return { secret, url: `otpauth://totp/Handyman%20App:${encodeURIComponent(user.email)}?secret=${secret}&issuer=Handyman%20App` };
}

export async function enable2FA(user: User, code: string): Promise<void> {
  if (user.twoFactorEnabled) throw new HttpError(409, "two-factor authentication is on");
  const { twoFactorSecret } = users.secretsOf(user);
  if (twoFactorSecret === undefined) throw new HttpError(409, "set it up first: POST /api/auth/2fa/setup");
  if (!isCode(twoFactorSecret, code, Date.now())) throw new HttpError(401, "the code is wrong");
  users.enableTwoFactor(user);
  await sendOrUndo(
    () =>
      inngest.send({
        name: "auth/2fa.enabled",
        data: { userId: user._id.toString(), email: user.email, firstName: user.profile?.firstName || "User" },
      }),
    () => users.disableTwoFactor(user),
  );
}

function tokensFor(user: User): { readonly token: string; readonly refreshToken: string } {
  const userId = user._id.toString();
  return { token: createToken("session", userId), refreshToken: createToken("refresh", userId) };
}

function userOfToken(kind: Parameters<typeof consumeToken>[0], token: string): User {
  const userId = consumeToken(kind, token);
  const user = userId === undefined ? undefined : users.findUser(userId);
  if (user === undefined) throw new HttpError(400, "the token is wrong, was used, or has expired");
  return user;
}

async function hash(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString("hex")}:${(await derive(password, salt, 32)).toString("hex")}`;
}

async function isPassword(password: string, stored: string): Promise<boolean> {
  const [salt = "", expected = ""] = stored.split(":");
  return timingSafeEqual(await derive(password, Buffer.from(salt, "hex"), 32), Buffer.from(expected, "hex"));
}
