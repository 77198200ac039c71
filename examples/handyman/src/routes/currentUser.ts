import type { Request } from "express";
import type { Role } from "../config/inngest.js";
import { HttpError } from "../services/httpError.js";
import { findToken } from "../stores/tokens.js";
import { findUser, touchUser, type User } from "../stores/users.js";

/**
 * Who asks: the owner of the bearer token that `POST /api/auth/login` gave.
 *
 * @throws {HttpError} 401, 403 or 423.
 */
export function currentUser(request: Request, role?: Role): User {
  const token = /^Bearer (\S+)$/i.exec(request.get("authorization") ?? "")?.[1];
  const userId = token === undefined ? undefined : findToken("session", token);
  const user = userId === undefined ? undefined : findUser(userId);
  if (user === undefined) throw new HttpError(401, "log in first: POST /api/auth/login, then authorization: Bearer <token>");
  if (user.locked) throw new HttpError(423, "the account is locked: reset the password to open it");
  if (role !== undefined && user.role !== role) throw new HttpError(403, `only a ${role} may do this`);
  touchUser(user);
  return user;
}
