// Cases of what this repository's server does not do yet. The command runs them with --pending; whoever builds one of
// these moves its list to `cases.ts`.

import { gatewayCases } from "./cases/gateways.ts";
import type { ConformanceCase } from "./conformance-case.ts";

export const pendingCases: readonly ConformanceCase[] = gatewayCases;
