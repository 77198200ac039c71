/** Goes on with what is awaited. What goes wrong on the way is told, and nothing is left unhandled. */
export function when<Value>(
  awaited: Promise<Value>,
  work: (value: Value) => void,
  listener: { readonly fault: (error: unknown) => void },
): void {
  awaited.then(
    (value) => {
      try {
        work(value);
      } catch (error) {
        listener.fault(error);
      }
    },
    (error: unknown) => listener.fault(error),
  );
}
