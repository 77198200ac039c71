// Guards of the shipped sources, each taken out on its own: what the simulator must notice.

import type { Edit } from "./broken-build.ts";
import { brokenLeases } from "./broken-leases.ts";
import { brokenLimits } from "./broken-limits.ts";
import { brokenRequests } from "./broken-requests.ts";
import { brokenWaits } from "./broken-waits.ts";
import type { SimulationOptions } from "./simulate.ts";
import type { Faults } from "./swarm.ts";

export interface BrokenBuildCase extends Pick<SimulationOptions, "withLimits" | "withRequests" | "withRareOptions" | "withLongSleeps"> {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The first seed that is tried: one that notices, or one a little before. */
  readonly seed: number;
  /** What must go wrong often for the guard to matter; the rest is drawn from the seed. */
  readonly faults?: Partial<Faults>;
  /** The invariant that it breaks. */
  readonly notices: RegExp;
}

export const brokenBuilds: readonly BrokenBuildCase[] = [...brokenLeases, ...brokenWaits, ...brokenRequests, ...brokenLimits];
