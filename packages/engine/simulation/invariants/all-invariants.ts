import { aliveIsMoving } from "./alive-is-moving.ts";
import { cancelsHaveReasons } from "./cancels-have-reasons.ts";
import { childrenAreTied } from "./children-are-tied.ts";
import { endsAreFinal } from "./ends-are-final.ts";
import { endsAreTold } from "./ends-are-told.ts";
import { eventsHaveTheirRuns } from "./events-have-their-runs.ts";
import { holdersAreAlive } from "./holders-are-alive.ts";
import type { Invariant } from "./invariant.ts";
import { journalOnlyGrows } from "./journal-only-grows.ts";
import { keysStartOnce } from "./keys-start-once.ts";
import { lanesHaveItems } from "./lanes-have-items.ts";
import { refusalsAreWhole } from "./refusals-are-whole.ts";
import { requestsAreAnswered } from "./requests-are-answered.ts";
import { signalsCountOnce } from "./signals-count-once.ts";
import { slotsWithinLimits } from "./slots-within-limits.ts";
import { ticksAreSingle } from "./ticks-are-single.ts";
import { waitsAreMet } from "./waits-are-met.ts";
import { waitsAreOpen } from "./waits-are-open.ts";

/**
 * What the tables are asked for. What only calls show (I2, I5, I7) is checked where they arrive, what time shows (I6, I7)
 * at the end.
 */
export const allInvariants: readonly Invariant[] = [
  eventsHaveTheirRuns,
  keysStartOnce,
  journalOnlyGrows,
  endsAreFinal,
  holdersAreAlive,
  slotsWithinLimits,
  aliveIsMoving,
  refusalsAreWhole,
  lanesHaveItems,
  waitsAreMet,
  waitsAreOpen,
  signalsCountOnce,
  childrenAreTied,
  cancelsHaveReasons,
  endsAreTold,
  ticksAreSingle,
  requestsAreAnswered,
];
