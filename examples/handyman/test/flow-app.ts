// The app's modules inside the test's own process, with mail to a real server and a database in memory.

import { createTestEngine, type TestEngine, type TestEngineOptions } from "@stepwell/testing";
import { vi } from "vitest";
import { startMailServer } from "./mail-server.ts";

// Mail goes over real sockets, and the processor is shared with all other tests.
vi.setConfig({ testTimeout: 90_000 });

export const mail = await startMailServer();
process.env["SMTP_URL"] = mail.url;
process.env["HANDYMAN_DB"] = ":memory:";
process.env["ADMIN_EMAILS"] = "ops@example.com";

// What they need of the environment is read when they are loaded.
export const functions = {
  ...(await import("../src/inngest/emailFunctions.ts")),
  ...(await import("../src/inngest/authWorkflows.ts")),
  ...(await import("../src/inngest/handymanWorkflows.ts")),
  ...(await import("../src/inngest/maintenanceWorkflows.ts")),
};
export const stores = {
  ...(await import("../src/stores/database.ts")),
  ...(await import("../src/stores/users.ts")),
  ...(await import("../src/stores/jobs.ts")),
  ...(await import("../src/stores/handymen.ts")),
  ...(await import("../src/stores/logins.ts")),
  ...(await import("../src/stores/tokens.ts")),
};
export const { settings } = await import("../src/config/settings.ts");

/** The engine with some functions of the app, in virtual time. */
export function flowEngine(...flows: TestEngineOptions["functions"]): Promise<TestEngine> {
  return createTestEngine({ functions: flows, realMsMax: 60_000 });
}

export type User = NonNullable<ReturnType<typeof stores.createUser>>;

let users = 0;

export function createUser(role: "customer" | "handyman" | "admin" = "customer"): User {
  users += 1;
  const user = stores.createUser({ email: `user-${users}@example.com`, passwordHash: "", role, profile: { firstName: "Ada" } });
  if (user === undefined) throw new Error("the address is taken");
  return user;
}

/** Near each other, and with a skill. */
export const place = { latitude: 52.5, longitude: 13.4 };

export function createHandyman(): User {
  const user = createUser("handyman");
  stores.setSkills(user._id.toString(), { skills: ["plumbing"], place });
  return user;
}

export function subjectsTo(user: Pick<User, "email">): readonly string[] {
  return mail.to(user.email).map(({ subject }) => subject);
}
