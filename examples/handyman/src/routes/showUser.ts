import { missingFromProfile, type User } from "../stores/users.js";

/** A user as others may see them. */
export function showUser({ _id, email, role, profile, verified, twoFactorEnabled, ...user }: User) {
  return {
    _id,
    email,
    role,
    profile,
    verified,
    twoFactorEnabled,
    missing: missingFromProfile({ _id, email, role, profile, verified, twoFactorEnabled, ...user }),
  };
}
