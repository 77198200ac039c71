import { type CronTrigger, scheduleKey } from "@stepwell/protocol";
import type { FunctionId, FunctionRecord } from "@stepwell/store";
import { compileSchedule, type Schedule } from "./compile-schedule.ts";

/** One schedule of a function, ready to be followed. */
export interface FunctionSchedule {
  readonly functionId: FunctionId;
  readonly trigger: CronTrigger;
  readonly schedule: Schedule;
  /** Of its timer: one for each function and expression. */
  readonly subject: string;
}

/**
 * The schedules of a function. One that does not compile is left out: the sync refuses it, so it can only have been stored by
 * an earlier version, and the next sync of its app says what is wrong with it.
 */
export function functionSchedules({ id, slug, config }: FunctionRecord): readonly FunctionSchedule[] {
  return config.triggers.flatMap((trigger) => {
    if (trigger.kind !== "cron") return [];
    const compiled = compileSchedule(trigger, slug);
    if (compiled.kind === "invalid") return [];
    return [{ functionId: id, trigger, schedule: compiled.schedule, subject: `${id} ${scheduleKey(trigger)}` }];
  });
}
