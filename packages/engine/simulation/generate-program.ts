import type { Action, Leaf, Program, RequestLeaf, SeededRandom, WaitCondition } from "@stepwell/engine/testing";
import { limits, systemEvents } from "@stepwell/protocol";

/** What there is beside the function. */
export interface Surround {
  /** Whom it may invoke; some of them do not exist. */
  readonly callable: readonly string[];
  /** Functions whose ends it may wait for. */
  readonly endings: readonly string[];
  /** Chance of their own for requests, so that a program without them is the same otherwise; absent: it has none. */
  readonly requests?: SeededRandom | undefined;
  /** The same for sleeps that are longer than events are kept. */
  readonly longSleeps?: SeededRandom | undefined;
}

/** Longer than a lookback, and than an event is known again. */
const longSleepMs = limits.lookbackMsMax + 2 * 3_600_000;
const timeoutsMs = [0, 100, 60_000, 600_000, 3_600_000];

/** A program drawn from chance: steps that may fail, sleeps, waits, signals, invokes, requests, branches, races, errors. */
export function generateProgram(random: SeededRandom, surround: Surround): Program {
  let count = 0;
  const nextId = (): string => {
    count += 1;
    return `s${count}`;
  };
  const leaf = (): Leaf => {
    const id = nextId();
    if (surround.requests?.chance(0.1) === true) return requestLeaf(surround.requests, id);
    const kind = random.below(100);
    if (kind < 20) {
      const ms = random.pick([0, 1, 500, 60_000, 3_600_000]);
      return { kind: "sleep", id, ms: surround.longSleeps?.chance(0.1) === true ? longSleepMs : ms };
    }
    if (kind < 38) return waitLeaf(random, id, surround);
    if (kind < 46)
      return {
        kind: "signal",
        id,
        signal: random.pick(["go", "stay"]),
        conflict: random.pick(["fail", "replace"]),
        timeoutMs: random.pick(timeoutsMs),
      };
    if (kind < 56)
      return {
        kind: "invoke",
        id,
        functionName: random.pick(surround.callable),
        propagateCancel: random.chance(0.4),
        timeoutMs: random.pick([100, 600_000, 7_200_000]),
      };
    const failures = random.chance(0.25) ? random.below(3) : 0;
    return { kind: "step", id, failures, ...(random.chance(0.1) ? { isFatal: true } : {}) };
  };
  const parallel = (depth: number): Action => ({
    kind: "parallel",
    race: random.chance(0.3),
    branches: Array.from({ length: 2 + random.below(4) }, () =>
      Array.from({ length: random.chance(0.7) ? 1 : 2 }, () => (depth < 2 && random.chance(0.1) ? parallel(depth + 1) : leaf())),
    ),
  });
  const action = (): Action => {
    if (random.chance(0.3)) return parallel(1);
    if (random.chance(0.1))
      return { kind: "fail", id: nextId(), times: random.chance(0.2) ? Number.POSITIVE_INFINITY : 1 + random.below(2) };
    if (random.chance(0.05)) return { kind: "nothing", id: nextId(), times: 1 + random.below(2) };
    if (random.chance(0.02)) return { kind: "refused", id: nextId(), by: random.pick(["sleep", "timeout", "expression", "number"]) };
    return leaf();
  };
  return Array.from({ length: 1 + random.below(6) }, action);
}

/** The same program in a few hours. */
export function withoutLongSleeps(program: Program): Program {
  return program.map((action) => {
    if (action.kind === "parallel") return { ...action, branches: action.branches.map(withoutLongSleeps) };
    return action.kind === "sleep" && action.ms === longSleepMs ? { ...action, ms: 60_000 } : action;
  });
}

function requestLeaf(random: SeededRandom, id: string): RequestLeaf {
  const key = random.pick(["header", "header", "parameter", undefined] as const);
  return { kind: "request", id, op: random.pick(["Gateway", "AIGateway"]), ...(key === undefined ? {} : { key }) };
}

function waitLeaf(random: SeededRandom, id: string, surround: Surround): Leaf {
  const isOfEnd = random.chance(0.2);
  const event = isOfEnd
    ? random.pick([systemEvents.finished, systemEvents.failed, systemEvents.cancelled])
    : random.pick(["sim/ping", "sim/ping", "sim/pong", "sim/all"]);
  const condition: WaitCondition = isOfEnd
    ? { endOf: random.pick(surround.endings) }
    : { ...(random.chance(0.6) ? { sameKey: true } : {}), ...(random.chance(0.3) ? { above: 4 } : {}) };
  return {
    kind: "wait",
    id,
    ...(random.chance(0.3) ? { name: "again" } : {}),
    event,
    condition,
    timeoutMs: random.pick(timeoutsMs),
    ...(random.chance(0.2) ? { lookback: random.pick(["10m", "run"]) } : {}),
  };
}

/** How a run of the program ends when nobody ends it. */
export function endOf(program: Program): "completed" | "failed" {
  return program.some((action) => action.kind === "refused" || (action.kind === "fail" && action.times === Number.POSITIVE_INFINITY))
    ? "failed"
    : "completed";
}
