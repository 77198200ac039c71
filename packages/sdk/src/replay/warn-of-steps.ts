import type { ErrorCode } from "@stepwell/protocol";
import type { FoundStep } from "./found-step.ts";
import type { Life } from "./life.ts";

/** How many ids a warning names. */
const namedMax = 10;

/**
 * Says what is not as it should be with steps that user code has come to, before anything is done about them. It is no error,
 * because results are found by their ids and the run goes on. Each warning names its code, under which docs/errors.md has more.
 *
 * @param open - What the function waits for, all of it new.
 * @param unseen - How many of the remembered steps the code has not come to, though it should have.
 * @returns True: it has looked.
 */
export function warnOfSteps(open: readonly FoundStep[], unseen: number, life: Pick<Life, "warn"> | undefined): true {
  const repeated = repeatedIds(open);
  if (repeated.length > 0)
    life?.warn(
      warning(
        "step_id_repeated",
        `steps beside each other have one id, ${named(repeated)}, so that their order alone tells them apart`,
        "Give each an id of its own",
      ),
    );
  // A step that a repeated run has other arguments for may stand among what is remembered.
  const left = unseen - open.filter(({ memo }) => memo !== undefined).length;
  if (left > 0)
    life?.warn(
      warning(
        "step_order_changed",
        `the run remembers ${left === 1 ? "a step" : `${left} steps`} that the code did not come to before ${named(open.map(({ call }) => call.id))}: ` +
          "it was changed while the run was under way, or does not take the same way on every replay",
        "Take decisions from steps and from the event, not from the clock or from chance",
      ),
    );
  return true;
}

function warning(code: ErrorCode, sentence: string, advice: string): string {
  return `stepwell: ${sentence}. ${advice} (${code}).`;
}

function repeatedIds(open: readonly FoundStep[]): readonly string[] {
  if (open.length < 2) return [];
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { call } of open) {
    if (seen.has(call.id)) repeated.add(call.id);
    seen.add(call.id);
  }
  return [...repeated];
}

function named(ids: readonly string[]): string {
  const shown = ids.slice(0, namedMax).map((id) => `"${id}"`);
  return `${shown.join(", ")}${ids.length > namedMax ? ", …" : ""}`;
}
