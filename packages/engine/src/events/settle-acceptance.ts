import type { UnitOutcome } from "@stepwell/store";
import type { RunInHand } from "../runs/run-in-hand.ts";
import { takeBorn } from "../runs/take-in-hand.ts";
import type { Observer } from "../seams/observer.ts";
import type { Acceptance } from "./accept-event.ts";

export interface SettleParts {
  readonly observer: Observer | undefined;
  readonly take: (run: RunInHand) => void;
}

/** What follows from events that are durable: their observers are told, and the runs that were born leased are in hand. */
export function settleAcceptance(acceptance: Acceptance, outcome: Extract<UnitOutcome, { kind: "accepted" }>, parts: SettleParts): void {
  const { events } = acceptance.unit;
  for (let index = 0; index < events.length; index += 1) {
    const accepted = events[index];
    const result = outcome.events[index];
    if (accepted === undefined || result === undefined) continue;
    if (parts.observer !== undefined)
      parts.observer.emit({
        kind: "event.accepted",
        at: accepted.event.receivedAt,
        name: accepted.event.name,
        eventId: accepted.event.id,
        starts: accepted.starts.length,
        outcomes: accepted.outcomes.length,
        repeated: result.kind === "repeated",
      });
    if (result.kind === "repeated") continue;
    for (let place = 0; place < result.starts.length; place += 1) {
      const start = result.starts[place];
      const wanted = accepted.starts[place];
      const entry = acceptance.entries[index]?.[place];
      if (start?.kind === "leased" && wanted !== undefined && entry !== undefined)
        parts.take(takeBorn(wanted, start.runSeq, entry, accepted.event));
    }
  }
}
