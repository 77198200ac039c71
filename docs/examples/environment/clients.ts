import { Stepwell } from "stepwell";

export const stepwell = new Stepwell({ id: "shop" });

export const billing = new Stepwell({
  id: "billing",
  name: "Billing",
  isDev: false,
  baseUrl: "https://stepwell.example.com",
  signingKey: process.env.BILLING_SIGNING_KEY,
  signingKeyFallback: process.env.BILLING_OLD_SIGNING_KEY,
  eventKey: process.env.BILLING_EVENT_KEY,
  appVersion: "2026.11.3",
});
