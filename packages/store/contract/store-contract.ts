import { acceptContract } from "./accept.contract.ts";
import { appsContract } from "./apps.contract.ts";
import { batchContract } from "./batch.contract.ts";
import { callsContract } from "./calls.contract.ts";
import { cancelRulesContract } from "./cancel-rules.contract.ts";
import { cursorsContract } from "./cursors.contract.ts";
import { deadLettersContract } from "./dead-letters.contract.ts";
import { dropsContract } from "./drops.contract.ts";
import { invokesContract } from "./invokes.contract.ts";
import { logsContract } from "./logs.contract.ts";
import { lookBackContract } from "./look-back.contract.ts";
import type { OpenStore } from "./open-store.ts";
import { parallelContract } from "./parallel.contract.ts";
import { queueContract } from "./queue.contract.ts";
import { reportsContract } from "./reports.contract.ts";
import { requestsContract } from "./requests.contract.ts";
import { rerunsContract } from "./reruns.contract.ts";
import { retentionContract } from "./retention.contract.ts";
import { signalsContract } from "./signals.contract.ts";
import { startGatesContract } from "./start-gates.contract.ts";
import { timersContract } from "./timers.contract.ts";
import { waitsContract } from "./waits.contract.ts";

/** The law of the storage seam: a store is finished when it passes. Each store runs this in its own tests. */
export function storeContract(openStore: OpenStore): void {
  acceptContract(openStore);
  startGatesContract(openStore);
  callsContract(openStore);
  parallelContract(openStore);
  requestsContract(openStore);
  queueContract(openStore);
  batchContract(openStore);
  waitsContract(openStore);
  lookBackContract(openStore);
  signalsContract(openStore);
  invokesContract(openStore);
  dropsContract(openStore);
  cancelRulesContract(openStore);
  timersContract(openStore);
  cursorsContract(openStore);
  logsContract(openStore);
  appsContract(openStore);
  reportsContract(openStore);
  rerunsContract(openStore);
  deadLettersContract(openStore);
  retentionContract(openStore);
}
