// Who plays: the functions of the simulated apps, what starts, cancels and limits them, and what each event does to them.

import type { ScriptedFunction, SeededRandom } from "@stepwell/engine/testing";
import { parseRegisterRequest, type RegisterRequest, systemEvents } from "@stepwell/protocol";
import { drawLimits, drawRare, limitsAsRegistered, type MemberLimits } from "./draw-limits.ts";
import { generateProgram, type Surround, withoutLongSleeps } from "./generate-program.ts";
import type { SentEvent } from "./ledger.ts";

export interface CastMember extends ScriptedFunction {
  readonly app: string;
  readonly triggers: readonly {
    readonly event?: string;
    readonly expression?: string;
    readonly cron?: string;
    readonly catchUp?: string;
  }[];
  readonly cancelOn: readonly { readonly event: string; readonly sameKey: boolean; readonly timeoutMs?: number }[];
  readonly startMs?: number;
  readonly finishMs?: number;
  readonly limits?: MemberLimits;
}

/** Events that nobody is started by, and many wait for. */
export const awaitedNames = ["sim/ping", "sim/pong"] as const;
/** Events that cancel. */
export const cancelNames = ["sim/stop", "sim/halt"] as const;
export const signalNames = ["go", "stay"] as const;
export const keyCount = 3;
/** Of each function's calls, and of each step's. */
export const attemptsMax = 9;
const condition = "event.data.n > 5";
const crowdSize = 1_400;
const functionsPerApp = 700;

/** Chance of their own for what not every cast has, so that one without it is the same otherwise; absent: it has none. */
export interface CastChances {
  readonly limits?: SeededRandom | undefined;
  readonly requests?: SeededRandom | undefined;
  /** Rarer options. */
  readonly rare?: SeededRandom | undefined;
  /** Sleeps that are longer than most things are kept. */
  readonly longSleeps?: SeededRandom | undefined;
}

export class Cast {
  readonly members: readonly CastMember[];
  readonly #bySlug: ReadonlyMap<string, CastMember>;
  /** Slugs that an app does not list at present. */
  readonly gone = new Set<string>();
  /** Schedules fire; without them a simulation can come to its end. */
  hasSchedules = true;

  constructor(random: SeededRandom, size: number, chances: CastChances = {}) {
    const leads = Array.from({ length: size }, (_, index) => limited(lead(random, { index, size, chances }), chances));
    this.members = [
      ...leads,
      ...extras,
      ...leads.filter(() => random.chance(0.4)).map(({ slug }) => failureHandler(slug)),
      ...(random.chance(0.3) ? [listener] : []),
      ...(random.chance(0.25) ? [scheduled(random)] : []),
      ...(random.chance(0.15) ? small : []),
      ...(random.chance(0.04) ? crowd() : []),
    ];
    this.#bySlug = new Map(this.members.map((member) => [member.slug, member]));
  }

  find(slug: string): CastMember | undefined {
    return this.#bySlug.get(slug);
  }

  get apps(): readonly string[] {
    return [...new Set(this.members.map(({ app }) => app))];
  }

  has(event: string): boolean {
    return this.members.some(({ triggers }) => triggers.some((trigger) => trigger.event === event));
  }

  /** Functions that may be taken away for a while: those that nothing else is named after. */
  get removable(): readonly string[] {
    return extras.map(({ slug }) => slug);
  }

  /** What each function does with an event, by slug. */
  expectedOf(name: string, n: number | string): SentEvent["expected"] {
    const expected = new Map<string, "start" | "expression_error">();
    for (const { slug, triggers } of this.members)
      for (const trigger of triggers) {
        if (trigger.event !== name) continue;
        if (trigger.expression === undefined) expected.set(slug, "start");
        else if (typeof n !== "number") expected.set(slug, "expression_error");
        else if (n > 5) expected.set(slug, "start");
      }
    return expected;
  }

  #triggersOf({ triggers }: CastMember): CastMember["triggers"] {
    return this.hasSchedules || triggers[0]?.cron === undefined ? triggers : [{ event: "sim/never" }];
  }

  /**
   * @param revision - Later registrations differ in what does not matter to runs under way.
   * @param isBroken - A condition that nobody can read: the registration must be refused as a whole.
   */
  registration(app: string, revision: number, isBroken = false): RegisterRequest {
    const functions = this.members
      .filter((member) => member.app === app && !this.gone.has(member.slug))
      .map((member) => ({
        id: member.slug,
        name: isBroken ? "must not be seen" : `${member.slug} ${revision}`,
        triggers: isBroken ? [{ event: "sim/all", expression: "event.data.n >" }] : this.#triggersOf(member),
        ...(member.cancelOn.length === 0 ? {} : { cancel: member.cancelOn.map(cancelRule) }),
        ...timeoutsOf(member),
        ...limitsAsRegistered(member.limits),
        steps: {
          step: {
            id: "step",
            name: "step",
            runtime: { type: "http", url: `http://localhost:1/${app}?fnId=${member.slug}` },
            retries: { attempts: attemptsMax - 1 },
          },
        },
      }));
    const parsed = parseRegisterRequest(JSON.stringify({ appName: app, url: `http://localhost:1/${app}`, sdk: "js:v4", functions }));
    if (parsed.kind !== "register") throw new Error(parsed.message);
    return parsed.request;
  }
}

interface Place {
  readonly index: number;
  readonly size: number;
  readonly chances: CastChances;
}

function lead(random: SeededRandom, { index, size, chances }: Place): CastMember {
  const slug = `sim-f${index}`;
  // Functions invoke those after them, so that no chain is endless.
  const callable = [
    ...Array.from({ length: size - index - 1 }, (_, other) => `sim-f${index + 1 + other}`),
    "sim-child",
    "sim-fails",
    "sim-nobody",
  ];
  const surround: Surround = {
    callable,
    endings: [`sim-f${random.below(size)}`, "sim-child"],
    requests: chances.requests,
    longSleeps: chances.longSleeps,
  };
  const cancelOn = cancelNames
    .filter(() => random.chance(0.25))
    .map((event) => ({
      event,
      sameKey: random.chance(0.7),
      ...(random.chance(0.3) ? { timeoutMs: 600_000 } : {}),
    }));
  return {
    slug,
    app: "sim",
    program: generateProgram(random, surround),
    version: random.chance(0.25) ? 1 : 2,
    stepsPerCheckpoint: random.chance(0.4) ? 1 + random.below(3) : 0,
    cancelsLosers: random.chance(0.3),
    triggers: [{ event: slug }, { event: "sim/all" }, ...(index < 2 ? [{ event: "sim/some", expression: condition }] : [])],
    cancelOn,
    ...(random.chance(0.15) ? { startMs: 10_000 } : {}),
    ...(random.chance(0.15) ? { finishMs: 1_200_000 } : {}),
  };
}

function limited(member: CastMember, { limits: random, rare }: CastChances): CastMember {
  const drawn = random === undefined ? undefined : drawLimits(random);
  const limits = rare === undefined ? drawn : drawRare(rare, drawn);
  if (limits === undefined) return member;
  return {
    ...member,
    limits,
    // The batch's first event would cancel for all of them.
    ...(limits.batch === undefined ? {} : { cancelOn: [] }),
    // Runs that wait for each other's sleeps would take years.
    ...(limits.runs === undefined ? {} : { program: withoutLongSleeps(member.program) }),
  };
}

const plain = { app: "sim", version: 2, cancelOn: [] } as const;
const extras: readonly CastMember[] = [
  { ...plain, slug: "sim-child", program: [{ kind: "step", id: "c1", failures: 1 }], triggers: [{ event: "sim-child" }] },
  {
    ...plain,
    slug: "sim-fails",
    program: [{ kind: "fail", id: "c1", times: Number.POSITIVE_INFINITY }],
    triggers: [{ event: "sim-fails" }],
  },
];
const listener: CastMember = {
  ...plain,
  slug: "sim-listens",
  program: [{ kind: "step", id: "l1", failures: 0 }],
  triggers: [{ event: systemEvents.finished }],
};
/** Few functions that many events of one request start. */
const small: readonly CastMember[] = Array.from({ length: 6 }, (_, index) => ({
  ...plain,
  slug: `sim-small${index}`,
  program: [],
  triggers: [{ event: "sim/many" }],
}));

function failureHandler(slug: string): CastMember {
  const expression = `event.data.function_id == '${slug}'`;
  return {
    ...plain,
    slug: `${slug}-failure`,
    program: [{ kind: "step", id: "h1", failures: 0 }],
    triggers: [{ event: systemEvents.failed, expression }],
  };
}

function scheduled(random: SeededRandom): CastMember {
  const triggers = [{ cron: "*/10 * * * *", catchUp: random.pick(["none", "last", "all"]) }];
  return { ...plain, slug: "sim-cron", program: [{ kind: "step", id: "t1", failures: 0 }], triggers };
}

/** So many functions of one event that most of them are started by a cursor; half of them wait for one event together. */
function crowd(): readonly CastMember[] {
  return Array.from({ length: crowdSize }, (_, index) => ({
    ...plain,
    slug: `crowd-${index}`,
    app: `crowd${Math.floor(index / functionsPerApp)}`,
    program: index % 2 === 0 ? [] : [{ kind: "wait", id: "gong", event: "sim/gong", condition: {}, timeoutMs: 3_600_000 }],
    triggers: [{ event: "sim/crowd" }],
  }));
}

function cancelRule({ event, sameKey, timeoutMs }: CastMember["cancelOn"][number]) {
  return {
    event,
    ...(sameKey ? { if: "event.data.key == async.data.key" } : {}),
    ...(timeoutMs === undefined ? {} : { timeout: `${timeoutMs}ms` }),
  };
}

function timeoutsOf({ startMs, finishMs }: CastMember): { readonly timeouts?: Readonly<Record<string, string>> } {
  if (startMs === undefined && finishMs === undefined) return {};
  return {
    timeouts: {
      ...(startMs === undefined ? {} : { start: `${startMs}ms` }),
      ...(finishMs === undefined ? {} : { finish: `${finishMs}ms` }),
    },
  };
}
