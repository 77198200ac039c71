import { anthropic, deepseek, gemini, grok, openai } from "../ai/models.ts";
import type { Stepwell } from "../client/stepwell.ts";
import type { Execution } from "../replay/execution.ts";
import { inferCall, wrapCall } from "./ai.ts";
import { durableRequest, fetchCall } from "./fetch.ts";
import { invokeCall } from "./invoke.ts";
import { runCall } from "./run.ts";
import { sendEventCall } from "./send-event.ts";
import { sendSignalCall } from "./send-signal.ts";
import { sleepCall, sleepUntilCall } from "./sleep.ts";
import type { StepCall, StepOptionsOrId } from "./step-call.ts";
import type { StepTools } from "./step-tools.ts";
import { waitForEventCall } from "./wait-for-event.ts";
import { waitForSignalCall } from "./wait-for-signal.ts";

const models = { anthropic, deepseek, gemini, grok, openai };

/** What a tool knows of where it is used. */
export interface ToolContext {
  readonly client: Stepwell;
  readonly runId: string;
  /** Steps that are called now belong to a race. */
  readonly isRacing: () => boolean;
}

/** The tools of one call of a function. */
export function createStepTools(execution: Execution, context: ToolContext): StepTools {
  /** A tool that was called wrongly rejects, as everything else that goes wrong with a step does. */
  const tool =
    <Arguments extends readonly unknown[]>(make: (context: ToolContext, idOrOptions: StepOptionsOrId, ...more: Arguments) => StepCall) =>
    (idOrOptions: StepOptionsOrId, ...more: Arguments): Promise<never> => {
      try {
        return execution.step(make(context, idOrOptions, ...more)) as Promise<never>;
      } catch (error) {
        return Promise.reject(error);
      }
    };
  const durableFetch = tool(fetchCall);
  return {
    run: tool(runCall) as unknown as StepTools["run"],
    sleep: tool(sleepCall),
    sleepUntil: tool(sleepUntilCall),
    waitForEvent: tool(waitForEventCall) as unknown as StepTools["waitForEvent"],
    waitForSignal: tool(waitForSignalCall),
    invoke: tool(invokeCall) as unknown as StepTools["invoke"],
    sendEvent: tool(sendEventCall),
    sendSignal: tool(sendSignalCall),
    fetch: async (resource, init) => {
      const request = await durableRequest(resource, init);
      return durableFetch(`step.fetch: ${new URL(request.url).hostname}`, request);
    },
    ai: { infer: tool(inferCall), wrap: tool(wrapCall) as unknown as StepTools["ai"]["wrap"], models },
  };
}
