import { useRichTypes } from "./rich-value.ts";

export async function loadRichTypes(): Promise<void> {
  useRichTypes(await import("./rich-types.ts"));
}
