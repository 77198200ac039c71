import type { Logger } from "./logger.ts";

/** For loggers that want the message first and its data after it: turns `(object, message)` around. */
export function wrapStringFirstLogger(logger: Logger): Logger {
  const turned = (args: readonly unknown[]): readonly unknown[] => {
    const [first, second, ...rest] = args;
    return typeof first === "object" && first !== null && typeof second === "string" ? [second, first, ...rest] : args;
  };
  return {
    info: (...args) => logger.info(...turned(args)),
    warn: (...args) => logger.warn(...turned(args)),
    error: (...args) => logger.error(...turned(args)),
    debug: (...args) => logger.debug(...turned(args)),
  };
}
