/** The error as it is, of a class that says it is not to be tried again. */
export function finalError(thrown: unknown): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return new NonRetriableError(error);
}

/** Known by the name of its class; what people see is the name of the error it stands for. */
class NonRetriableError extends Error {
  constructor(error: Error) {
    super(error.message, { cause: error.cause });
    this.name = error.name;
    if (error.stack !== undefined) this.stack = error.stack;
  }
}
