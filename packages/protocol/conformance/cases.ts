// Every case that the server is judged by.

import { callBodyCases } from "./cases/call-body.ts";
import { checkpointCases } from "./cases/checkpoints.ts";
import { configCases } from "./cases/config.ts";
import { eventCases } from "./cases/events.ts";
import { gatewayCases } from "./cases/gateways.ts";
import { headerCases } from "./cases/headers.ts";
import { idCases } from "./cases/ids.ts";
import { ingestCases } from "./cases/ingest.ts";
import { invokeEndpointCases } from "./cases/invoke-endpoint.ts";
import { invokeCases } from "./cases/invokes.ts";
import { lifecycleCases } from "./cases/lifecycle.ts";
import { limitCases } from "./cases/limits.ts";
import { opCases } from "./cases/ops.ts";
import { parallelCases } from "./cases/parallel.ts";
import { registrationCases } from "./cases/registration.ts";
import { replyCases } from "./cases/replies.ts";
import { retryCases } from "./cases/retries.ts";
import { scheduleCases } from "./cases/schedules.ts";
import { sdkDifferenceCases } from "./cases/sdk-differences.ts";
import { serverInfoCases } from "./cases/server-info.ts";
import { signalCases } from "./cases/signals.ts";
import { signingCases } from "./cases/signing.ts";
import { waitCases } from "./cases/waits.ts";
import type { ConformanceCase } from "./conformance-case.ts";

export const conformanceCases: readonly ConformanceCase[] = [
  ...idCases,
  ...eventCases,
  ...serverInfoCases,
  ...limitCases,
  ...headerCases,
  ...signingCases,
  ...registrationCases,
  ...configCases,
  ...ingestCases,
  ...callBodyCases,
  ...replyCases,
  ...opCases,
  ...checkpointCases,
  ...parallelCases,
  ...retryCases,
  ...sdkDifferenceCases,
  ...scheduleCases,
  ...waitCases,
  ...invokeCases,
  ...invokeEndpointCases,
  ...signalCases,
  ...gatewayCases,
  ...lifecycleCases,
];
