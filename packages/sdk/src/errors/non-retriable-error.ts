/**
 * Ends the retries of the step or the function that throws it: the step fails at once, and so does the run if nothing
 * catches the step's error. Thrown from a copy of this package it counts as well, since it is known by its name.
 *
 * @example
 * throw new NonRetriableError("the card was refused", { cause: reply });
 */
export class NonRetriableError extends Error {
  override readonly name: string = "NonRetriableError";

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
  }
}
