import type { RerunResult } from "@stepwell/engine";
import type { ProblemParams } from "../problem.ts";

/** Why a run was not repeated. */
export function rerunRefusal(result: Exclude<RerunResult, { readonly kind: "started" }>, runId: string): ProblemParams {
  switch (result.kind) {
    case "run_not_found":
      return { code: "run_not_found", detail: `no run has the id ${runId}` };
    case "already_redriven":
      return { code: "already_redriven", detail: `run ${runId} was repeated before, as run ${result.runId}` };
    case "payload_expired":
      return { code: "payload_expired", detail: `run ${runId} is older than what is kept; its event and results are gone` };
    case "function_not_found":
      return { code: "function_not_found", detail: `no app lists the function "${result.slug}" any more` };
    case "step_not_found": {
      const name = result.step.slice(0, 80);
      const detail = result.matches === 0 ? `the run has no step "${name}"` : `${result.matches} steps of the run are called "${name}"`;
      return { code: "rerun_step_unknown", detail };
    }
    case "input_not_editable":
      return { code: "input_not_editable", detail: `the step "${result.step}" (${result.op}) takes no arguments` };
    case "singleton_held":
      return { code: "function_skipped", detail: `the run was not repeated: run ${result.by} of its function has the singleton` };
    case "too_large":
      return {
        code: "state_too_large",
        detail: "the results that the new run would begin with are more than a run may hold (runStateBytesMax)",
      };
    default:
      return result satisfies never;
  }
}
