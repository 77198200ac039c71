// Somebody registers with Meridian, checks into a room and out of it; the runs are shown with their steps.

import { ask, post, until } from "./requests.ts";

export interface TourParts {
  /** Addresses. */
  readonly server: string;
  readonly meridian: string;
  readonly say: (text: string) => void;
}

interface Run {
  readonly id: string;
  readonly status: string;
  readonly statusReason: { readonly text: string; readonly until: string | null } | null;
  readonly function: { readonly slug: string };
  readonly durationMs: number | null;
}
interface Span {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly start: number | null;
  readonly end: number | null;
}

const runsShown = 5;
/** A run that sleeps longer is left asleep. */
const patienceMs = 60_000;

/** Resolves when its runs have ended or are asleep for long, and have been shown. */
export async function tour(parts: TourParts): Promise<void> {
  const { server, meridian, say } = parts;
  await until("the server is ready", async () => (await ask(`${server}/health`)) !== undefined);
  await until(`the server has found Meridian at ${meridian}`, () => isMeridianUp(parts));
  const name = `student-${Date.now().toString(36)}`;
  say(`\nA tour: ${name} registers, checks into the library and leaves it.\n`);
  const { user } = await post<{ readonly user: { readonly id: string } }>(`${meridian}/api/auth/register`, {
    email: `${name}@campus.example`,
    username: name,
    name,
    school: "Campus",
  });
  await post(`${meridian}/api/users/${user.id}/check-in`, { roomId: "library-2" });
  const { eventIds } = await post<{ readonly eventIds: readonly string[] }>(`${meridian}/api/inngest-examples/checkout-room`, {
    userId: user.id,
    roomId: "library-2",
    reason: "Study session completed",
  });
  // Whoever checks in elsewhere before it is handled has left the room already.
  await until("the check-out is done", async () => (await runsOfEvent(server, eventIds[0] ?? "")).every(({ status }) => isOver(status)));
  await post(`${meridian}/api/users/${user.id}/check-in`, { roomId: "reading-room" });
  await post(`${meridian}/api/inngest-examples/test-connection`, { message: "Hello from the backend!" });
  await until("the runs have ended or sleep", async () => {
    const runs = await latestRuns(server);
    return runs.length >= runsShown && runs.every(isSettled);
  });
  await show(parts);
}

async function isMeridianUp({ server, meridian }: TourParts): Promise<boolean> {
  const apps = await ask<{ readonly data: readonly { readonly id: string; readonly url: string; readonly error: string | null }[] }>(
    `${server}/api/v1/apps`,
  );
  const isSynced = apps?.data.some(
    ({ id, url, error }) => id === "meridian" && error === null && new URL(url).port === new URL(meridian).port,
  );
  return isSynced === true && (await ask(`${meridian}/health`)) !== undefined;
}

function isOver(status: string): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

function isSettled({ status, statusReason }: Run): boolean {
  if (status === "failed") throw new Error(`a run of the tour failed: ${JSON.stringify(statusReason)}`);
  return status === "completed" || (status === "waiting" && Date.parse(statusReason?.until ?? "") > Date.now() + patienceMs);
}

async function latestRuns(server: string): Promise<readonly Run[]> {
  return (await ask<{ readonly data: readonly Run[] }>(`${server}/api/v1/runs?limit=${runsShown}`))?.data ?? [];
}

async function runsOfEvent(server: string, eventId: string): Promise<readonly Run[]> {
  return (await ask<{ readonly data: readonly Run[] }>(`${server}/api/v1/runs?event=${eventId}`))?.data ?? [];
}

async function show({ server, say }: TourParts): Promise<void> {
  say("\nThe runs, newest first:\n");
  for (const run of await latestRuns(server)) {
    const trace = await ask<{ readonly data: { readonly spans: readonly Span[] } }>(`${server}/api/v1/runs/${run.id}/trace`);
    say(`  ${mark(run.status)} ${run.function.slug.padEnd(36)} ${run.status.padEnd(10)} ${outcome(run)}`);
    say(`      ${server}/api/v1/runs/${run.id}`);
    for (const span of trace?.data.spans.filter(({ id }) => id !== "run") ?? [])
      say(`      ${mark(span.status)} ${span.name.padEnd(32)} ${span.kind.padEnd(16)} ${length(span)}`);
  }
  say("");
}

function outcome({ statusReason, durationMs }: Run): string {
  if (statusReason === null) return `${durationMs} ms`;
  return statusReason.until === null ? statusReason.text : `${statusReason.text} (until ${statusReason.until})`;
}

function length({ start, end, status }: Span): string {
  return start !== null && end !== null ? `${end - start} ms` : status;
}

function mark(status: string): string {
  return { completed: "✓", failed: "✕", waiting: "⧗", sleeping: "⧗", running: "◔" }[status] ?? "○";
}
