import type { FoundStep } from "./found-step.ts";

/** User code gets what the step brought. */
export function resolveStep({ call, promise }: FoundStep, data: unknown): void {
  if (call.read === undefined) return promise.resolve(data);
  try {
    promise.resolve(call.read(data));
  } catch (error) {
    promise.reject(error);
  }
}
