import type { Finding } from "./finding.ts";

const mb = 1_000_000;
/** Below this a few large payloads fill it … */
const freeBytesMin = 200 * mb;
/** … and below this somebody should look soon. */
const freeBytesWarned = 2_000 * mb;

export function diskFinding(freeBytes: number, what: string): Finding {
  const text = `${sizeText(freeBytes)} are free on ${what}`;
  if (freeBytes >= freeBytesWarned) return { check: "disk", status: "ok", text };
  return {
    check: "disk",
    status: freeBytes < freeBytesMin ? "problem" : "warning",
    text,
    advice: "Make room, or shorten how long history stays: --retention-runs, --retention-failed, --retention-events",
  };
}

export function sizeText(bytes: number): string {
  if (bytes < mb) return `${Math.ceil(bytes / 1_000)} kB`;
  return bytes < 1_000 * mb ? `${(bytes / mb).toFixed(1)} MB` : `${(bytes / 1_000 / mb).toFixed(1)} GB`;
}
