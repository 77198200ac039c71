import type { Logger } from "./logger.ts";

/** A logger that can be silenced: it passes on what it is told while it is enabled. */
export class ProxyLogger implements Logger {
  readonly #logger: Logger;
  #isEnabled = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  info(...args: readonly unknown[]): void {
    if (this.#isEnabled) this.#logger.info(...args);
  }

  warn(...args: readonly unknown[]): void {
    if (this.#isEnabled) this.#logger.warn(...args);
  }

  error(...args: readonly unknown[]): void {
    if (this.#isEnabled) this.#logger.error(...args);
  }

  debug(...args: readonly unknown[]): void {
    // Not every logger has it.
    if (this.#isEnabled && typeof this.#logger.debug === "function") this.#logger.debug(...args);
  }

  enable(): void {
    this.#isEnabled = true;
  }

  disable(): void {
    this.#isEnabled = false;
  }

  /** A moment for loggers that write in the background. */
  async flush(): Promise<void> {
    const { flush } = this.#logger as { flush?(): unknown };
    await flush?.call(this.#logger);
  }
}
