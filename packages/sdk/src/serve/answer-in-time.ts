import type { Reply } from "@stepwell/protocol";
import type { StepCall } from "../step/step-call.ts";
import { loadLater } from "./load-later.ts";

/** How much earlier than the server gives up, so that the answer is there in time, in ms. */
const marginMsMax = 10_000;

/**
 * Answers a call that does not end before its server gives it up. The server knows only that nothing came; here it is known at
 * which step the code stands. Code cannot be stopped: what it does later has no effect.
 *
 * @param run - Is given what is to be told of the step whose code runs.
 */
export function answerInTime(
  { slug, msMax }: { readonly slug: string; readonly msMax: number },
  run: (onRun: (step: StepCall | undefined) => void) => Promise<Reply>,
): Promise<Reply> {
  let open: StepCall | undefined;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      loadLater().then(({ overdue }) => resolve(overdue(slug, msMax, open)), reject);
    };
    const timer = setTimeout(giveUp, msMax - Math.min(marginMsMax, msMax / 10));
    run((step) => {
      open = step;
    })
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}
