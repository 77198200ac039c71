import { asJson, type JsonText } from "@stepwell/protocol";

/** What a step ends with that looks further back than a wait may. */
export function lookbackTooWideMemo(message: string): JsonText {
  return asJson({ error: { name: "LookbackTooWide", message, code: "lookback_too_wide", noRetry: true, data: null } });
}
