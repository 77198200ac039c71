// Two people register with the Handyman App; one posts a job, the other does it, and it is reviewed.

import type { TourParts } from "./example.ts";
import { post } from "./requests.ts";

/** How many runs it starts: three for each who registers, one for the job, one for its completion. */
export const handymanRuns = 8;

interface Person {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

export async function handymanTour({ app, say }: TourParts): Promise<void> {
  const suffix = Date.now().toString(36);
  say(`\nA tour: Ada (ada-${suffix}) posts a job, and Bob (bob-${suffix}) does it.\n`);
  const ada = await register(app, { email: `ada-${suffix}@example.com`, firstName: "Ada", role: "customer" });
  const bob = await register(app, { email: `bob-${suffix}@example.com`, firstName: "Bob", role: "handyman" });
  const place = { latitude: 52.5, longitude: 13.4 };
  await post(`${app}/api/handymen/me/skills`, { skills: ["plumbing"], ...place }, { method: "PUT", headers: bob.headers });
  const job = { title: "A tap drips", skill: "plumbing", ...place, priceCents: 8_000 };
  const posted = await post<{ readonly job: { readonly _id: string } }>(`${app}/api/jobs`, job, ada);
  const url = `${app}/api/jobs/${posted.job._id}`;
  await post(`${url}/respond`, {}, bob);
  await post(`${url}/assign`, { handymanId: bob.id }, ada);
  await post(`${url}/complete`, {}, bob);
  await post(`${url}/review`, { rating: 5, comment: "Dry again" }, ada);
}

async function register(app: string, about: Readonly<Record<string, string>>): Promise<Person> {
  const password = "correct horse";
  const { user } = await post<{ readonly user: { readonly _id: string } }>(`${app}/api/auth/register`, { ...about, password });
  const { token } = await post<{ readonly token: string }>(`${app}/api/auth/login`, { email: about["email"], password });
  return { id: user._id, headers: { authorization: `Bearer ${token}` } };
}
