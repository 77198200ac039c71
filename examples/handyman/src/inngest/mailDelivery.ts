/**
 * What the five mail jobs have in common. When the mail service is down their runs would use up their attempts within a minute and
 * fail; after ten failures nothing is sent for a while, runs wait, and one at a time finds out whether it is back.
 */
export const mailDelivery = {
  circuitBreaker: { failures: 10, window: "1m", cooldown: "30s" },
} as const;
