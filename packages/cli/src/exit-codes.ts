/** What a command's exit code says. docs/cli.md shows this table. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  conflict: 5,
  unreachable: 6,
  timedOut: 7,
  partly: 8,
  checkFailed: 9,
  interrupted: 130,
  terminated: 143,
} as const;

export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: "done",
  failed: "failed for a reason not listed",
  usage: "wrong usage: unknown command or flag, bad value, Node too old",
  notFound: "not found",
  notAllowed: "not allowed: no key, or a wrong one",
  conflict: "conflict: port taken, server already running, database in use, run already ended",
  unreachable: "the server cannot be reached, or what answers there is not Stepwell",
  timedOut: "timed out",
  partly: "partly done: some of several were refused",
  checkFailed: "a check failed: doctor found a problem",
  interrupted: "stopped by Ctrl-C before the work was done; a server that ended cleanly exits with 0",
  terminated: "stopped by SIGTERM before the work was done; a server that ended cleanly exits with 0",
};

/** A command that cannot go on: one line of what failed, lines of what to do, and the exit code. */
export class CommandError extends Error {
  readonly exitCode: number;
  readonly code: string;
  readonly details: readonly string[];

  constructor(exitCode: number, code: string, message: string, details: readonly string[] = []) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.details = details;
  }
}
