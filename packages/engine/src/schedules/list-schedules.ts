import type { CronTrigger, EpochMs, RunId } from "@stepwell/protocol";
import type { FunctionId, TimerRecord } from "@stepwell/store";
import type { FunctionSchedule } from "./function-schedules.ts";
import { readTimerState } from "./timer-state.ts";

/** One schedule of a function, as people see it. */
export interface ScheduleReport {
  /** Unique and stable while the function asks for it. */
  readonly id: string;
  readonly functionId: FunctionId;
  readonly trigger: CronTrigger;
  /** The next moments it names; each fires then, or later by its jitter. */
  readonly next: readonly EpochMs[];
  /** When it is due next. */
  readonly nextFireAt?: EpochMs;
  /** The run of the last tick that started one. */
  readonly lastRunId?: RunId;
}

const momentsShown = 5;

export function listSchedules(
  schedules: Iterable<FunctionSchedule>,
  timers: readonly TimerRecord[],
  now: EpochMs,
): readonly ScheduleReport[] {
  const bySubject = new Map(timers.map((timer) => [timer.subject, timer]));
  return [...schedules].map(({ subject, functionId, trigger, schedule }) => {
    const timer = bySubject.get(subject);
    const lastRunId = readTimerState(timer?.data)?.lastRunId;
    const next: EpochMs[] = [];
    for (let at = schedule.nextAfter(now); at !== undefined && next.length < momentsShown; at = schedule.nextAfter(at)) next.push(at);
    return {
      ...{ id: subject, functionId, trigger, next },
      ...(timer === undefined ? {} : { nextFireAt: timer.dueAt }),
      ...(lastRunId === undefined ? {} : { lastRunId }),
    };
  });
}
