// The runs of a tour: whether they have settled, and how they look.

import { ask } from "./requests.ts";

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

/** A run that sleeps longer is left asleep. */
const patienceMs = 60_000;

export function isOver(status: string): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Whether the latest runs, so many at least, have ended or are asleep for long. */
export async function haveSettled(server: string, count: number): Promise<boolean> {
  const runs = await latestRuns(server, count);
  return runs.length >= count && runs.every(isSettled);
}

export async function runsOfEvent(server: string, eventId: string): Promise<readonly Run[]> {
  return (await ask<{ readonly data: readonly Run[] }>(`${server}/api/v1/runs?event=${eventId}`))?.data ?? [];
}

export async function showRuns(server: string, count: number, say: (text: string) => void): Promise<void> {
  say("\nThe runs, newest first:\n");
  for (const run of await latestRuns(server, count)) {
    const trace = await ask<{ readonly data: { readonly spans: readonly Span[] } }>(`${server}/api/v1/runs/${run.id}/trace`);
    say(`  ${mark(run.status)} ${run.function.slug.padEnd(36)} ${run.status.padEnd(10)} ${outcome(run)}`);
    say(`      ${server}/api/v1/runs/${run.id}`);
    for (const span of trace?.data.spans.filter(({ id }) => id !== "run") ?? [])
      say(`      ${mark(span.status)} ${span.name.padEnd(32)} ${span.kind.padEnd(16)} ${length(span)}`);
  }
  say("");
}

function isSettled({ status, statusReason }: Run): boolean {
  if (status === "failed") throw new Error(`a run of the tour failed: ${JSON.stringify(statusReason)}`);
  return status === "completed" || (status === "waiting" && Date.parse(statusReason?.until ?? "") > Date.now() + patienceMs);
}

async function latestRuns(server: string, count: number): Promise<readonly Run[]> {
  return (await ask<{ readonly data: readonly Run[] }>(`${server}/api/v1/runs?limit=${count}`))?.data ?? [];
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
