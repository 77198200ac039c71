import { settings } from "../config/settings.js";
import { listAdminEmails } from "../stores/users.js";

/** Whom reports and alerts go to: ADMIN_EMAILS, and who has the role. */
export function adminEmails(): readonly string[] {
  return [...new Set([...settings.adminEmails, ...listAdminEmails()])];
}
