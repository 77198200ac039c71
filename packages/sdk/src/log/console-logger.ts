import type { Logger } from "./logger.ts";

/** From the gravest to what only who looks for a mistake reads. */
const levels = ["fatal", "error", "warn", "info", "debug"] as const;

/** What is at least as grave is written; `silent`: nothing. */
export type LogLevel = (typeof levels)[number] | "silent";

/** Writes to the console. */
export class ConsoleLogger implements Logger {
  readonly #rank: number;

  /** @param options - `level`: all by default. */
  constructor({ level = "debug" }: { readonly level?: LogLevel } = {}) {
    this.#rank = level === "silent" ? -1 : levels.indexOf(level);
  }

  info(...args: readonly unknown[]): void {
    if (this.#rank >= levels.indexOf("info")) console.info(...args);
  }

  warn(...args: readonly unknown[]): void {
    if (this.#rank >= levels.indexOf("warn")) console.warn(...args);
  }

  error(...args: readonly unknown[]): void {
    if (this.#rank >= levels.indexOf("error")) console.error(...args);
  }

  debug(...args: readonly unknown[]): void {
    if (this.#rank >= levels.indexOf("debug")) console.debug(...args);
  }
}
