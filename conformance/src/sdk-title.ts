import type { AppOptions } from "./app-process.ts";

/** What people call the SDK: `inngest@3`, `stepwell`. */
export function sdkTitle(sdk: AppOptions["sdk"]): string {
  return sdk === "own" ? "stepwell" : `inngest@${sdk.slice(1)}`;
}
