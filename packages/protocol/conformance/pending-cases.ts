// Cases of what this repository's server does not do yet. The command runs them with --pending; whoever builds one of
// these moves its list to `cases.ts`.

import { gatewayCases } from "./cases/gateways.ts";
import { invokeCases } from "./cases/invokes.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { signalCases } from "./cases/signals.ts";
import { waitCases } from "./cases/waits.ts";
import type { ConformanceCase } from "./conformance-case.ts";

export const pendingCases: readonly ConformanceCase[] = [...waitCases, ...signalCases, ...invokeCases, ...gatewayCases, ...lifecycleCases];
