// Somebody registers with Meridian, checks into a room and out of it.

import type { TourParts } from "./example.ts";
import { post, until } from "./requests.ts";
import { isOver, runsOfEvent } from "./runs.ts";

/** How many runs it starts. */
export const meridianRuns = 5;

export async function meridianTour({ server, app, say }: TourParts): Promise<void> {
  const name = `student-${Date.now().toString(36)}`;
  say(`\nA tour: ${name} registers, checks into the library and leaves it.\n`);
  const { user } = await post<{ readonly user: { readonly id: string } }>(`${app}/api/auth/register`, {
    email: `${name}@campus.example`,
    username: name,
    name,
    school: "Campus",
  });
  await post(`${app}/api/users/${user.id}/check-in`, { roomId: "library-2" });
  const { eventIds } = await post<{ readonly eventIds: readonly string[] }>(`${app}/api/inngest-examples/checkout-room`, {
    userId: user.id,
    roomId: "library-2",
    reason: "Study session completed",
  });
  // Whoever checks in elsewhere before it is handled has left the room already.
  await until("the check-out is done", async () => (await runsOfEvent(server, eventIds[0] ?? "")).every(({ status }) => isOver(status)));
  await post(`${app}/api/users/${user.id}/check-in`, { roomId: "reading-room" });
  await post(`${app}/api/inngest-examples/test-connection`, { message: "Hello from the backend!" });
}
