// What goes by, a line each: for people on a terminal, for people in a file, for programs.

import type { Observer, Occurrence } from "@stepwell/engine";
import type { ErrorCode } from "@stepwell/protocol";
import type { OutputStream } from "./app-process.ts";
import { lineFolder } from "./line-folder.ts";
import { isLoud, type LogLevel, levelOf } from "./log-level.ts";
import { clockTime, endOf, prettyLine } from "./pretty-line.ts";

export const logForms = ["pretty", "lines", "json", "none"] as const;
export type LogForm = (typeof logForms)[number];

export interface RunLogParams {
  readonly form: LogForm;
  /** What matters less is left out: of what happens, not of what the app says. `info` without it. */
  readonly level?: LogLevel;
  readonly write: (line: string) => void;
}

export interface RunLog {
  readonly observer: Observer;
  /** The server is up: what is said from now on can link to it. */
  ready(about: { readonly url: string; readonly data: string; readonly screen: string }): void;
  appFailed(url: string, message: string, code?: ErrorCode): void;
  /** The app that the server runs has said something. */
  appLine(stream: OutputStream, line: string): void;
  /** Says what is still held back. */
  end(): void;
}

/** Before each line of the app. */
const appPrefix = "app │ ";

/** A person reads a few lines of a kind in a second; a burst of thousands would push everything else away. */
const linesPerSecondMax = 10;

export function runLog({ form, level = "info", write }: RunLogParams): RunLog {
  if (form === "none")
    return {
      observer: { emit: () => undefined },
      ready: () => undefined,
      appFailed: () => undefined,
      appLine: () => undefined,
      end: () => undefined,
    };
  const log = form === "pretty" ? prettyLog(write) : plainLog(write, form === "json" ? jsonLine : textLine, form === "json");
  return {
    ...log,
    observer: {
      emit(occurrence) {
        if (isLoud(levelOf(occurrence), level)) log.observer.emit(occurrence);
      },
    },
    appFailed(...failure) {
      if (isLoud("warn", level)) log.appFailed(...failure);
    },
  };
}

/** Which apps were told as they are now. They sync every few seconds, which is news the first time and after a failure. */
class AppNews {
  readonly #told = new Set<string>();

  isNews(occurrence: Occurrence): boolean {
    if (occurrence.kind === "app.sync_refused") this.#told.delete(occurrence.url);
    if (occurrence.kind !== "app.synced") return false;
    const isNews = !this.#told.has(occurrence.url);
    this.#told.add(occurrence.url);
    return isNews;
  }

  failed(url: string): void {
    this.#told.delete(url);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function plainLog(
  write: (line: string) => void,
  line: (at: number, kind: string, fields: Fields) => string,
  isForPrograms: boolean,
): RunLog {
  const news = new AppNews();
  return {
    observer: {
      emit(occurrence) {
        if (!news.isNews(occurrence) && occurrence.kind === "app.synced" && !occurrence.modified) return;
        const { kind, at, ...fields } = occurrence;
        write(line(at, kind, fields));
      },
    },
    ready: ({ url, data }) => write(line(Date.now(), "server.ready", { url, data })),
    appFailed(url, message, code) {
      news.failed(url);
      // Its answer is what is wrong, and not that there is none.
      const kind = code === "app_id_taken" ? "app.id_taken" : "app.unreachable";
      write(line(Date.now(), kind, { url, message }));
    },
    appLine: (stream, text) => write(isForPrograms ? line(Date.now(), "app.line", { stream, text }) : `${appPrefix}${text}`),
    end: () => undefined,
  };
}

function prettyLog(writeNow: (line: string) => void): RunLog {
  let baseUrl = "";
  /** What is said before the screen is shown; it comes below it. */
  let held: string[] | undefined = [];
  const write = (line: string): void => {
    if (held === undefined) writeNow(line);
    else held.push(line);
  };
  const news = new AppNews();
  const folder = lineFolder({ linesMax: linesPerSecondMax, windowMs: 1_000, write, summary: foldedLine });
  return {
    observer: {
      emit(occurrence) {
        const line = prettyLine(occurrence, { baseUrl, isNewsOfApp: news.isNews(occurrence) });
        if (line !== undefined) folder.take(foldKey(occurrence), line);
      },
    },
    ready({ url, screen }) {
      baseUrl = url;
      const early = held ?? [];
      held = undefined;
      for (const line of [screen, ...early]) write(line);
    },
    appFailed(url, message) {
      news.failed(url);
      write(`  ✕ ${url}   ${message}`);
    },
    appLine: (_, line) => write(`  ${appPrefix}${line}`),
    end: () => folder.end(),
  };
}

/** Lines that differ in nothing a burst's reader wants to know. */
function foldKey(o: Occurrence): string {
  const name = "slug" in o ? o.slug : o.kind === "event.accepted" ? o.name : "";
  const what = o.kind === "run.ended" ? endOf(o.status).trim() : (foldedNames[o.kind] ?? o.kind);
  return `${name}\n${what}`;
}

const foldedNames: Readonly<Record<string, string>> = {
  "event.accepted": "accepted",
  "run.started": "◔ started",
  "run.parked": "⧗ sleeps",
  "attempt.failed": "↻ attempt failed",
};

function foldedLine(key: string, count: number): string {
  const [name = "", what = ""] = key.split("\n");
  return `  ${clockTime(Date.now())}  …      ${name.padEnd(32)} ${what}  ×${count} more`;
}

function textLine(at: number, kind: string, fields: Fields): string {
  const words = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === "string" && !/[\s"=]/.test(value) && value !== "" ? value : JSON.stringify(value)}`,
  );
  return `${new Date(at).toISOString()} ${kind}${words.join("")}`;
}

function jsonLine(at: number, kind: string, fields: Fields): string {
  return JSON.stringify({ time: new Date(at).toISOString(), event: kind, ...fields });
}
