// Keeps a screen readable: of lines of one kind a few pass in each second, and the rest become one line with their
// number.

export interface LineFolder {
  take(kind: string, line: string): void;
  /** Writes the numbers of what is folded now. */
  end(): void;
}

export interface LineFolderParams {
  /** Of one kind, in one window. */
  readonly linesMax: number;
  readonly windowMs: number;
  readonly write: (line: string) => void;
  /** The line that stands for `count` lines of a kind. */
  readonly summary: (kind: string, count: number) => string;
}

export function lineFolder({ linesMax, windowMs, write, summary }: LineFolderParams): LineFolder {
  let counts = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const ended = counts;
    counts = new Map();
    for (const [kind, count] of ended) if (count > linesMax) write(summary(kind, count - linesMax));
  };
  return {
    take(kind, line) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (count <= linesMax) write(line);
      timer ??= setTimeout(end, windowMs).unref();
    },
    end,
  };
}
