const marks: Readonly<Record<string, string>> = {
  completed: "✓",
  failed: "✕",
  cancelled: "⊘",
  running: "◔",
  waiting: "⧗",
  collecting: "⧗",
  sleeping: "⧗",
  retrying: "↻",
  queued: "○",
  skipped: "–",
};

/** A sign in front of a status, so that a column of them can be read at a glance. */
export function statusMark(status: string): string {
  return marks[status] ?? " ";
}
