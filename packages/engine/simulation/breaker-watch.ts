// Which breakers a process has open, as it tells, and which calls it makes although one is.

import type { Call, Engine, Occurrence } from "@stepwell/engine";
import type { Holder, Surroundings } from "./surroundings.ts";

interface OpenBreaker {
  readonly holderId: number;
  /** By the engine's time. */
  readonly until: number;
  /** In time as it passes; of those that a process took up from its predecessor before its first call, before all time. */
  readonly openedAt: number;
  /** Calls that were made when its time was over, and are under way. */
  readonly probes: Set<Call>;
}

/** So long what was claimed before it opened may take to be called. */
const onItsWayMs = 40_000;

export class BreakerWatch {
  readonly #world: Surroundings;
  readonly #engineOf: (holder: Holder) => Engine | undefined;
  /** By function, and the value of the breaker's key. */
  readonly #open = new Map<string, OpenBreaker>();

  constructor(world: Surroundings, engineOf: (holder: Holder) => Engine | undefined) {
    this.#world = world;
    this.#engineOf = engineOf;
  }

  /** What its successor takes up of it is not told: that is asked for. */
  note(occurrence: Occurrence, holder: Holder): void {
    if ((occurrence.kind !== "breaker.opened" && occurrence.kind !== "breaker.closed") || holder.fate !== "alive") return;
    const subject = `${occurrence.slug} ${occurrence.value ?? ""}`;
    if (occurrence.kind === "breaker.closed") this.#open.delete(subject);
    else
      this.#open.set(subject, {
        holderId: holder.id,
        until: occurrence.until,
        openedAt: this.#world.clock.now(),
        probes: new Set(),
      });
  }

  begin(call: Call, holder: Holder, now: number): void {
    const breaker = this.#find(call, holder);
    if (breaker === undefined || this.#world.clock.now() - breaker.openedAt < onItsWayMs) return;
    const { slug } = call.target;
    if (now < breaker.until)
      this.#world.violate(`W9 run ${call.runId} of ${slug} is called at ${now}, and its breaker is open until ${breaker.until}`);
    if (breaker.probes.size > 0)
      this.#world.violate(`W9 run ${call.runId} of ${slug} is called while a call of ${[...breaker.probes][0]?.runId} finds out for all`);
    breaker.probes.add(call);
  }

  end(call: Call, holder: Holder): void {
    this.#find(call, holder)?.probes.delete(call);
  }

  #find(call: Call, holder: Holder): OpenBreaker | undefined {
    const { slug } = call.target;
    const breaker = this.#world.cast.find(slug)?.limits?.breaker;
    if (breaker === undefined || holder.fate !== "alive") return undefined;
    const { key } = JSON.parse(call.events[0]?.data ?? "{}") as { readonly key?: number };
    const value = breaker.key === undefined ? "" : String(key);
    const open = this.#open.get(`${slug} ${value}`);
    return open?.holderId === holder.id ? open : this.#takenUp(slug, value, holder);
  }

  #takenUp(slug: string, value: string, holder: Holder): OpenBreaker | undefined {
    const reports = this.#engineOf(holder)?.breakers.list() ?? [];
    const until = reports.find((report) => report.slug === slug && (report.value ?? "") === value)?.until;
    if (until === undefined) return undefined;
    const open = { holderId: holder.id, until, openedAt: Number.NEGATIVE_INFINITY, probes: new Set<Call>() };
    this.#open.set(`${slug} ${value}`, open);
    return open;
  }
}
