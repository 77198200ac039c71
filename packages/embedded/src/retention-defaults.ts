import type { RetentionRules } from "@stepwell/engine";

const day = 86_400_000;

/** As `stepwell start` keeps history. */
export const retentionDefaults: RetentionRules = {
  runsMs: 30 * day,
  failedMs: 90 * day,
  failuresMs: 180 * day,
  eventsMs: 14 * day,
  tracesMs: 14 * day,
};
