import type { Logger } from "./logger.ts";

/** Writes to the console. */
export class ConsoleLogger implements Logger {
  info(...args: readonly unknown[]): void {
    console.info(...args);
  }

  warn(...args: readonly unknown[]): void {
    console.warn(...args);
  }

  error(...args: readonly unknown[]): void {
    console.error(...args);
  }

  debug(...args: readonly unknown[]): void {
    console.debug(...args);
  }
}
