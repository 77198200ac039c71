const second = 1_000;
const minute = 60_000;
const hour = 3_600_000;
const day = 86_400_000;

/** How long ago an ISO instant was, as people say it. */
export function ago(iso: unknown, now: number): string {
  if (typeof iso !== "string") return "–";
  const ms = Math.max(0, now - Date.parse(iso));
  if (ms < minute) return `${Math.floor(ms / second)}s ago`;
  if (ms < hour) return `${Math.floor(ms / minute)}m ago`;
  return ms < day ? `${Math.floor(ms / hour)}h ago` : `${Math.floor(ms / day)}d ago`;
}

/** Milliseconds as people say them. */
export function took(ms: unknown): string {
  if (typeof ms !== "number") return "–";
  if (ms < second) return `${Math.round(ms)}ms`;
  // Cut, not rounded: 59.96 s is not "60.0s".
  if (ms < minute) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}m${Math.floor((ms % minute) / second)}s`;
  return ms < day
    ? `${Math.floor(ms / hour)}h${Math.floor((ms % hour) / minute)}m`
    : `${Math.floor(ms / day)}d${Math.floor((ms % day) / hour)}h`;
}
