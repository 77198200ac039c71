/** By class or by name: an application can hold two copies of a package. */
export function isNonRetriable(error: unknown): boolean {
  return error instanceof Error && (error.name === "NonRetriableError" || error.constructor.name === "NonRetriableError");
}
