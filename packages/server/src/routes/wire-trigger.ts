import { formatDuration, type Trigger } from "@stepwell/protocol";

/** A trigger as an app writes it in its registration. What it would have by default anyway is left out. */
export function wireTrigger(trigger: Trigger): Readonly<Record<string, string>> {
  if (trigger.kind === "event")
    return { event: trigger.event, ...(trigger.expression === undefined ? {} : { expression: trigger.expression }) };
  const { cron, jitterMs, catchUp, overlap } = trigger;
  return {
    cron,
    ...(jitterMs === undefined ? {} : { jitter: formatDuration(jitterMs) }),
    ...(catchUp === "last" ? {} : { catchUp }),
    ...(overlap === "allow" ? {} : { overlap }),
  };
}
