import { useRichTypes } from "./rich-value.ts";

export async function loadRichTypes(): Promise<void> {
  const { richTypes } = await import("./rich-types.ts");
  useRichTypes(richTypes);
}
