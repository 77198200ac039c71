import type { Engine } from "@stepwell/engine";
import { inProcessUrl, parseRegisterRequest, StepwellError } from "@stepwell/protocol";
import { type StepwellFunction, version } from "stepwell";
import { functionConfigs } from "stepwell/internals";
import { appsOf } from "./function-table.ts";

/**
 * Tells the engine what the apps of these functions run, as a deploy tells a server: the same reader, the same checks.
 *
 * @throws {StepwellError} with the code and the sentence a server refuses the registration with; apps before it are taken.
 */
export async function registerApps(engine: Engine, functions: readonly StepwellFunction[]): Promise<void> {
  for (const [appName, { client, functions: own }] of appsOf(functions)) {
    const url = inProcessUrl(appName);
    const body = { appName, url, sdk: `stepwell-js:v${version}`, framework: "embedded", functions: functionConfigs(client, own, url) };
    const parsed = parseRegisterRequest(JSON.stringify(body));
    const outcome = parsed.kind === "refused" ? parsed : await engine.syncApp(parsed.request);
    if (outcome.kind !== "refused") continue;
    const [problem] = outcome.problems;
    throw new StepwellError(problem?.code ?? outcome.code, `the functions of "${appName}" cannot run: ${outcome.message}`, {
      retryable: false,
      advice: "Correct the function that the message names; nothing of this app was taken.",
    });
  }
}
