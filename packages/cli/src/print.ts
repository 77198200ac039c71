/** Writes a JSON value to stdout: for people on a terminal, compact in a pipe. */
export function printJson(value: unknown): void {
  process.stdout.write(`${process.stdout.isTTY === true ? JSON.stringify(value, null, 2) : JSON.stringify(value)}\n`);
}

/** Writes a value as one line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function printText(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** What could be done next goes to stderr: stdout is data. */
export function printHint(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns of the terminal; absent in a pipe, where nothing is cut. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY === true ? process.stdout.columns : undefined;
}
