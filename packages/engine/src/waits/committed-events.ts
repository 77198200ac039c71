import type { StoreSeq } from "@stepwell/protocol";
import type { AcceptedEvent, EndedStatus, EventRecord, Unit, UnitOutcome } from "@stepwell/store";

export interface CommittedEvent {
  readonly record: EventRecord;
  readonly seq: StoreSeq;
}

const none: readonly CommittedEvent[] = [];

/** The events a unit wrote, with their places. An event that was there already was looked at when it came. */
export function committedEvents(unit: Unit, outcome: UnitOutcome): readonly CommittedEvent[] {
  const results = outcome.kind === "accepted" || outcome.kind === "committed" ? outcome.events : undefined;
  if (results === undefined || results.length === 0) return none;
  return eventsOf(unit).flatMap(({ event }, index) => {
    const result = results[index];
    return result?.kind === "stored" ? [{ record: event, seq: result.seq }] : [];
  });
}

/** In the order in which the store wrote them: children first, then the events of an end. */
function eventsOf(unit: Unit): readonly AcceptedEvent[] {
  switch (unit.kind) {
    case "accept":
      return unit.events;
    case "cancel":
      return unit.events ?? [];
    case "call": {
      const children = unit.effects.flatMap((effect) =>
        effect.kind === "begin_wait" && effect.waitsFor.kind === "invoke" ? [effect.waitsFor.child] : [],
      );
      return unit.next.kind === "end" ? [...children, ...(unit.next.events ?? [])] : children;
    }
    default:
      return [];
  }
}

export interface CommittedEnd {
  readonly runSeq: StoreSeq;
  readonly status: EndedStatus;
  /** Names of the events that were written for it. */
  readonly told: ReadonlySet<string>;
}

const nobody: ReadonlySet<string> = new Set();

/** The end of a run that the unit brought about. */
export function endsOf(unit: Unit, outcome: UnitOutcome): CommittedEnd | undefined {
  if (outcome.kind !== "committed") return undefined;
  if (unit.kind === "call" && unit.next.kind === "end")
    return { runSeq: unit.lease.runSeq, status: unit.next.status, told: namesOf(unit.next.events) };
  if (unit.kind === "cancel" && outcome.runSeq !== undefined)
    return { runSeq: outcome.runSeq, status: "cancelled", told: namesOf(unit.events) };
  return undefined;
}

function namesOf(events: readonly AcceptedEvent[] | undefined): ReadonlySet<string> {
  return events === undefined || events.length === 0 ? nobody : new Set(events.map(({ event }) => event.name));
}
