/** What a logger has at least; pino, winston and `console` fit. */
export interface Logger {
  info(...args: readonly unknown[]): void;
  warn(...args: readonly unknown[]): void;
  error(...args: readonly unknown[]): void;
  debug(...args: readonly unknown[]): void;
}
