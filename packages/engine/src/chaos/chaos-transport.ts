// A way to the app that is as bad as the worst network, on purpose, so that steps that must not run twice are seen to.
//
// C1. What the engine sees could have come from a real network: a reply, a failure of the way, or nothing for a while.
// C2. A call that chaos made fail says so, and it is no attempt of the run: a run that would pass without chaos passes.
// C3. At most `chaosFailuresInARowMax` calls of one item fail in a row.
// C4. After `stop` no copy is sent any more.

import { type EpochMs, limits, type Reply } from "@stepwell/protocol";
import type { Clock } from "../seams/clock.ts";
import type { Observer } from "../seams/observer.ts";
import type { Random } from "../seams/random.ts";
import type { Call, CallReply, FaultKind, InjectedFault, Transport } from "../seams/transport.ts";
import { decideFault, type PlannedFault } from "./decide-fault.ts";

export interface ChaosParts {
  readonly transport: Transport;
  /** Of all calls, the part that meets a fault: from 0 to 1. */
  readonly rate: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer | undefined;
}

/** Items of which it is remembered how often in a row they failed; the oldest is forgotten, and may fail a few times more. */
const itemsRememberedMax = 10_000;

export class ChaosTransport implements Transport {
  readonly inProcess: boolean;
  readonly #parts: ChaosParts;
  readonly #failures = new Map<string, number>();
  /** By run, those who are held back until another parallel step has come back. */
  readonly #heldBack = new Map<string, Set<() => void>>();
  #isStopped = false;

  constructor(parts: ChaosParts) {
    this.#parts = parts;
    this.inProcess = parts.transport.inProcess;
  }

  /** Copies that have not been sent yet never are. */
  stop(): void {
    this.#isStopped = true;
  }

  async call(call: Call, signal: AbortSignal | undefined): Promise<CallReply> {
    const failuresInARow = this.#failures.get(call.itemId) ?? 0;
    const question = { rate: this.#parts.rate, isParallel: call.stepId !== undefined, failuresInARow };
    const fault = this.#isStopped ? undefined : decideFault(question, this.#parts.random);
    const reply = fault === undefined ? await this.#parts.transport.call(call, signal) : await this.#callUnder(fault, call, signal);
    if (call.stepId !== undefined) this.#letOvertaken(call);
    this.#count(call, reply.injected);
    return reply;
  }

  async #callUnder(fault: PlannedFault, call: Call, signal: AbortSignal | undefined): Promise<CallReply> {
    const { transport } = this.#parts;
    switch (fault.kind) {
      case "doubled":
        return this.#marked(call, "doubled", await this.#callTwice(fault, call, signal));
      case "reply_lost": {
        const reply = await transport.call(call, signal);
        // What failed by itself needs no help, and must go on counting as what it is.
        if (reply.kind === "error") return reply;
        const injected = this.#tell(call, "reply_lost", reply);
        return { ...failure("the app had run the call when its reply was lost"), injected };
      }
      case "refused":
        return { ...failure("the connection was refused; the app was not called"), injected: this.#tell(call, "refused", undefined) };
      case "delayed":
        await this.#pause(fault.ms, signal);
        return this.#late(call, "delayed", signal);
      case "reordered":
        return this.#late(call, (await this.#holdBack(call, signal)) ? "reordered" : "delayed", signal);
      default:
        return fault satisfies never;
    }
  }

  /** The bytes of a copy are those of the first: what the run has learnt meanwhile is not among them. */
  async #callTwice(fault: Extract<PlannedFault, { kind: "doubled" }>, call: Call, signal: AbortSignal | undefined): Promise<Reply> {
    const { transport } = this.#parts;
    const copy = { ...call, memos: new Map(call.memos) };
    const first = transport.call(call, signal);
    const second = this.#pause(fault.afterMs, signal).then(() =>
      this.#isStopped || signal?.aborted === true ? first : transport.call(copy, signal),
    );
    const [kept, dropped] = fault.keeps === "first" ? [first, second] : [second, first];
    dropped.catch(() => undefined); // Nobody waits for it, whatever it brings.
    return kept;
  }

  async #late(call: Call, kind: FaultKind, signal: AbortSignal | undefined): Promise<CallReply> {
    if (signal?.aborted === true) return failure("the call was given up before it was made");
    return this.#marked(call, kind, await this.#parts.transport.call(call, signal));
  }

  #marked(call: Call, kind: FaultKind, reply: Reply): CallReply {
    return { ...reply, injected: this.#tell(call, kind, reply) };
  }

  #tell(call: Call, fault: FaultKind, reply: Reply | undefined): InjectedFault {
    const { clock, observer } = this.#parts;
    const step = stepOf(call, reply);
    const named = step.stepName === undefined ? {} : { stepName: step.stepName };
    const at: EpochMs = clock.now();
    observer?.emit({ kind: "chaos.injected", at, runId: call.runId, slug: call.target.slug, fault, ...named });
    return { kind: fault, ...step };
  }

  /** Resolves when so much time has passed, or at once when the call is given up. */
  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#parts.clock.after(ms, resolve);
      signal?.addEventListener("abort", () => {
        callOff();
        resolve();
      });
    });
  }

  /** True: another step of the run came back in between. */
  async #holdBack(call: Call, signal: AbortSignal | undefined): Promise<boolean> {
    const held = this.#heldBack.get(call.runId) ?? new Set();
    this.#heldBack.set(call.runId, held);
    let isOvertaken = false;
    let letGo = (): void => undefined;
    const overtaken = new Promise<void>((resolve) => {
      letGo = () => {
        isOvertaken = true;
        resolve();
      };
    });
    held.add(letGo);
    await Promise.race([overtaken, this.#pause(limits.chaosReorderMsMax, signal)]);
    held.delete(letGo);
    if (held.size === 0) this.#heldBack.delete(call.runId);
    return isOvertaken;
  }

  #letOvertaken({ runId }: Call): void {
    for (const letGo of this.#heldBack.get(runId) ?? []) letGo();
  }

  #count({ itemId }: Call, injected: InjectedFault | undefined): void {
    const failures = this.#failures.get(itemId) ?? 0;
    this.#failures.delete(itemId);
    if (injected?.kind !== "reply_lost" && injected?.kind !== "refused") return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= itemsRememberedMax) this.#failures.delete(oldest);
    this.#failures.set(itemId, failures + 1);
  }
}

/** As the way to an app fails: an attempt could be made again. */
function failure(what: string): Extract<Reply, { kind: "error" }> {
  const message = `chaos: ${what}. The server did this itself (--chaos); it is no attempt, and the call is made again`;
  return { kind: "error", code: "http_unreachable", error: { name: "InjectedFault", message, error: "http_unreachable" }, noRetry: false };
}

/** The step that the call was for, or the first one that its reply says it ran. */
function stepOf({ stepId }: Call, reply: Reply | undefined): Pick<InjectedFault, "stepId" | "stepName"> {
  const ops = reply?.kind === "ops" ? reply.ops : [];
  const ran = ops.find(({ kind }) => kind === "StepRun" || kind === "StepError" || kind === "StepFailed");
  if (ran !== undefined) return { stepId: ran.id, stepName: ran.name };
  return stepId === undefined ? {} : { stepId };
}
