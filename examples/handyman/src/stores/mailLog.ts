// Which mails were sent. A key is claimed before its mail is sent: two flows that mean the same mail send it once.

import { change, find, transaction } from "./database.js";

/** A claim that is older belonged to a process that died while it was sending. */
const claimMs = 600_000;

export interface MailClaim {
  readonly key: string;
  /** Who sends: the run. It may claim again what it has claimed. */
  readonly owner: string;
  readonly recipient: string;
  readonly subject: string;
}

export type ClaimOutcome = "ours" | "sent" | "under_way";

export function claimMail({ key, owner, recipient, subject }: MailClaim): ClaimOutcome {
  const now = Date.now();
  return transaction(() => {
    const row = find("select claimed_by, claimed_at, sent_at from mails where key = ?", key);
    if (typeof row?.["sent_at"] === "number") return "sent";
    if (row !== undefined && row["claimed_by"] !== owner && Number(row["claimed_at"]) > now - claimMs) return "under_way";
    change(
      `insert into mails (key, recipient, subject, claimed_by, claimed_at) values (?, ?, ?, ?, ?)
       on conflict (key) do update set claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at`,
      key,
      recipient,
      subject,
      owner,
      now,
    );
    return "ours";
  });
}

/** It did not go: whoever means it may try now. */
export function releaseMail(key: string, owner: string): void {
  change("delete from mails where key = ? and claimed_by = ? and sent_at is null", key, owner);
}

export function recordSent(key: string, providerId: string): void {
  change("update mails set sent_at = ?, provider_id = ? where key = ?", Date.now(), providerId, key);
}

export function forgetMails(until: number): number {
  return change("delete from mails where sent_at <= ? and key not like 'welcome:%'", until);
}
