import { database } from "../stores/database.js";
import { forgetLogins } from "../stores/logins.js";
import { forgetMails } from "../stores/mailLog.js";
import { archiveInactive } from "../stores/users.js";

const day = 86_400_000;
/** Who was not there for this long is archived: nobody writes to them, and they are back as soon as they log in. */
const archiveDays = 365;
/** How long the app remembers logins and mails. */
const historyDays = 400;

export function archiveInactiveUsers(now: number): number {
  return archiveInactive({ until: now - archiveDays * day, now });
}

/** Reports need logins of two months; a key of a mail protects only while its run can still come again. */
export function forgetHistory(now: number): { readonly logins: number; readonly mails: number } {
  const until = now - historyDays * day;
  return { logins: forgetLogins(until), mails: forgetMails(until) };
}

/** What was deleted makes the file smaller, and the planner learns what is left. */
export function optimizeDatabase(): { readonly bytesBefore: number; readonly bytesAfter: number } {
  const bytesBefore = size();
  database.exec("vacuum");
  database.exec("pragma optimize");
  database.exec("pragma wal_checkpoint(truncate)");
  return { bytesBefore, bytesAfter: size() };
}

function size(): number {
  const pages = database.prepare("select page_count * page_size as bytes from pragma_page_count, pragma_page_size").get();
  return Number(pages?.["bytes"]);
}
