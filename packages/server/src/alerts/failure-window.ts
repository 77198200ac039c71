import { limits } from "@stepwell/protocol";

interface Slot {
  /** Which stretch of time it counts. */
  index: number;
  ended: number;
  failed: number;
}

/** A window moves on by this part of it. */
const slotsPerWindow = 60;
/** Functions over the limit are counted together: an app that makes names up must not fill the memory. */
const otherFunctions = "other functions";

export interface FailureCount {
  readonly slug: string;
  readonly ended: number;
  readonly failed: number;
}

/** How many runs ended within the last window, by function. Counting one costs two look-ups. */
export class FailureWindow {
  readonly #slotMs: number;
  readonly #functions = new Map<string, Slot[]>();

  constructor(windowMs: number) {
    this.#slotMs = windowMs / slotsPerWindow;
  }

  add(slug: string, at: number, hasFailed: boolean): void {
    const index = Math.floor(at / this.#slotMs);
    const name = this.#functions.has(slug) || this.#functions.size < limits.metricsFunctionsMax ? slug : otherFunctions;
    const slots = this.#functions.get(name) ?? [];
    this.#functions.set(name, slots);
    const place = index % slotsPerWindow;
    const known = slots[place];
    const slot = known !== undefined && known.index === index ? known : { index, ended: 0, failed: 0 };
    slot.ended += 1;
    if (hasFailed) slot.failed += 1;
    slots[place] = slot;
  }

  /** Functions of which nothing ended within the window are left out, and forgotten. */
  counts(now: number): readonly FailureCount[] {
    const first = Math.floor(now / this.#slotMs) - slotsPerWindow + 1;
    return [...this.#functions].flatMap(([slug, slots]) => {
      let [ended, failed] = [0, 0];
      // Places that were not counted in are holes, which this loop passes over.
      slots.forEach((slot) => {
        if (slot.index < first) return;
        ended += slot.ended;
        failed += slot.failed;
      });
      if (ended === 0) this.#functions.delete(slug);
      return ended === 0 ? [] : [{ slug, ended, failed }];
    });
  }
}
