// Many lines may be due in one turn of the event loop; one write for all of them is a fraction of the cost.

export interface LineWriter {
  write(line: string): void;
  /** Writes what is left now. */
  flush(): void;
}

export function lineWriter(out: { write(text: string): unknown }): LineWriter {
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length === 0) return;
    const text = `${lines.join("\n")}\n`;
    lines = [];
    out.write(text);
  };
  return {
    write(line) {
      if (lines.length === 0) setImmediate(flush);
      lines.push(line);
    },
    flush,
  };
}
