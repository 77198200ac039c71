import type { Engine } from "@stepwell/engine";
import { epochMs, type LogLine, parseRunId, type RunId } from "@stepwell/protocol";
import type { OutputStream } from "./app-process.ts";

/** Lines of one moment go to the store together. */
const gatherMs = 100;
/** A line that names more runs is a list, and no run's. */
const runsPerLineMax = 3;
const ulid = /(?<![0-9A-Za-z])[0-7][0-9A-HJKMNP-TV-Z]{25}(?![0-9A-Za-z])/g;

export interface AppLines {
  take(stream: OutputStream, line: string): void;
  /** Stores what is gathered. */
  flush(): Promise<void>;
}

/** Keeps a line of an app in the log of each run that it names. */
export function appLines({ engine, now }: { readonly engine: Pick<Engine, "appendLogs">; readonly now: () => number }): AppLines {
  let gathered = new Map<RunId, LogLine[]>();
  let timer: NodeJS.Timeout | undefined;
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const runs = gathered;
    gathered = new Map();
    // An id may be an event's, or of another server: then there is no such run. What cannot be stored was shown at least.
    await Promise.allSettled([...runs].map(([runId, lines]) => engine.appendLogs({ runId, entries: [{ lines }] })));
  };
  return {
    take(stream, line) {
      const runIds = new Set((line.match(ulid) ?? []).flatMap((text) => parseRunId(text) ?? []));
      if (runIds.size === 0 || runIds.size > runsPerLineMax) return;
      const entry: LogLine = { at: epochMs(now()), level: stream === "stderr" ? "error" : "info", text: line };
      for (const runId of runIds) gathered.set(runId, [...(gathered.get(runId) ?? []), entry]);
      timer ??= setTimeout(() => void flush(), gatherMs);
    },
    flush,
  };
}
