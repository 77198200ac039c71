import { settings } from "../config/settings.js";

/** Of a flow that writes to many: so many at once, lest the mail server sees a hundred connections in one moment. */
export const mailsAtOnce = 10;

/**
 * What the five mail jobs have in common.
 *
 * Their retries have a strategy of their own: mail servers that are busy want to be left alone, so each wait is twice as long as the
 * one before, with a random part, lest a thousand mails come back at one moment. What a server says itself (429 of Resend's) wins.
 *
 * When the mail service is down their runs would use up their attempts within minutes and fail; after ten failures nothing is sent
 * for a while, runs wait, and one at a time finds out whether it is back.
 */
export function mailDelivery({ attempts }: { readonly attempts: number }) {
  return {
    // The first attempt is no retry.
    retries: { limit: attempts - 1, backoff: "exponential", base: settings.mailRetryBase, max: "5m", jitter: true },
    circuitBreaker: { failures: 10, window: "1m", cooldown: "30s" },
  } as const;
}
