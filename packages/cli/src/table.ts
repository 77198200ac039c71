/**
 * Rows as text: aligned columns on a terminal, tabs and whole values in a pipe.
 */
export function formatTable(heads: readonly string[], rows: readonly (readonly string[])[], isTerminal: boolean): string {
  if (!isTerminal) return [heads, ...rows].map((row) => row.join("\t")).join("\n");
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => (row[column] ?? "").length)));
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function ago(iso: unknown, now = Date.now()): string {
  if (typeof iso !== "string") return "–";
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1_000));
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h ago` : `${Math.floor(seconds / 86_400)}d ago`;
}

/** Milliseconds as people say them. */
export function took(ms: unknown): string {
  if (typeof ms !== "number") return "–";
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : `${Math.floor(ms / 60_000)}m${Math.round((ms % 60_000) / 1_000)}s`;
}
