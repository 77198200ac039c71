export interface TableParams {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Of the terminal; absent: rows are for a program, with tabs and whole values. */
  readonly width: number | undefined;
  /** The column that gives way when a row is wider than the terminal. */
  readonly shrinking?: number;
}

const gap = "  ";
const shrunkWidthMin = 8;

/** Rows as text: aligned columns on a terminal, tabs in a pipe. */
export function formatTable({ heads, rows, width, shrinking }: TableParams): string {
  const lines = [heads, ...rows];
  if (width === undefined) return lines.map((row) => row.map(oneLine).join("\t")).join("\n");
  const widths = heads.map((_, column) => Math.max(...lines.map((row) => (row[column] ?? "").length)));
  const excess = widths.reduce((sum, each) => sum + each + gap.length, -gap.length) - width;
  if (shrinking !== undefined && excess > 0) widths[shrinking] = Math.max((widths[shrinking] ?? 0) - excess, shrunkWidthMin);
  return lines
    .map((row) =>
      row
        .map((cell, column) => fit(oneLine(cell), widths[column] ?? 0))
        .join(gap)
        .trimEnd(),
    )
    .join("\n");
}

/** A cell that breaks the line would break the table. */
function oneLine(cell: string): string {
  return cell.replace(/[\t\r\n]+/g, " ");
}

function fit(cell: string, width: number): string {
  return cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width);
}
