// The client, and all events there are: their names, and what each carries.

import { z } from "zod";
import { EventSchemas, Inngest } from "./sdk.js";
import { settings } from "./settings.js";

const id = z.string().min(1);
const email = z.email();
const role = z.enum(["customer", "handyman", "admin"]);
const instant = z.iso.datetime();
const day = z.iso.date();
const person = z.object({ userId: id, email, firstName: z.string() });
const requester = z.object({ requestedBy: z.string().optional() });

export const eventSchemas = {
  // Authentication Events
  "auth/user.registered": person.extend({ lastName: z.string().optional(), role }),
  "auth/email.verification.requested": person.extend({ token: z.string().min(1) }),
  "auth/password.reset.requested": person.extend({ token: z.string().min(1) }),
  "auth/2fa.enabled": person,
  "auth/account.locked": person.extend({ failedAttempts: z.int().min(1), lockedAt: instant }),

  // User Events
  "user/onboarding.started": person.extend({ role }),
  "user/profile.incomplete": person.extend({ missing: z.array(z.string()).min(1) }),

  // Handyman Events
  "handyman/job.matched": z.object({ jobId: id, handymanId: id, distanceKm: z.number().min(0) }),
  "handyman/job.completed": z.object({ jobId: id, handymanId: id, customerId: id, completedAt: instant }),
  "handyman/availability.changed": z.object({ handymanId: id, available: z.boolean(), changedAt: instant }),

  // Customer Events
  "customer/job.posted": z.object({ jobId: id, customerId: id }),
  "customer/job.completed": z.object({ jobId: id, customerId: id, handymanId: id, rating: z.int().min(1).max(5) }),

  // System Events: each does by hand what a schedule does by itself.
  "system/cleanup.expired.tokens": requester,
  "system/analytics.daily": requester.extend({ day: day.optional() }),
  "system/maintenance.weekly": requester,
};

export type Role = z.infer<typeof role>;

export const inngest = new Inngest({
  id: settings.appId,
  schemas: new EventSchemas().fromSchema(eventSchemas),
});
