// The way to the app and back: calls that come twice, replies that are lost or late, checkpoints in the middle of a call
// and long after it.

import type { Call, CheckpointResult, Engine, Transport } from "@stepwell/engine";
import type { ScriptedApp } from "@stepwell/engine/testing";
import { asJson, type EpochMs, epochMs, isPlanLike, type Reply, type RunId, type StepRunOp } from "@stepwell/protocol";
import type { BreakerWatch } from "./breaker-watch.ts";
import { type CallWatch, isQuestion } from "./call-watch.ts";
import type { FarSide } from "./far-side.ts";
import type { Holder, Surroundings } from "./surroundings.ts";

export interface AppSideParts {
  readonly world: Surroundings;
  readonly app: ScriptedApp;
  readonly watch: CallWatch;
  readonly breakers: BreakerWatch;
  readonly farSide: FarSide;
  readonly onCall: (runId: RunId) => void;
  /** Asks whoever listens at the server's address now; `undefined`: nobody answered, or the server failed. */
  readonly request: <Result>(work: (engine: Engine) => Promise<Result>) => Promise<Result | undefined>;
}

const lost: Reply = {
  kind: "error",
  code: "http_unreachable",
  error: { name: "HttpUnreachable", message: "lost" },
  noRetry: false,
};
/** What SDKs answer when a checkpoint was told to be too late. */
const stopped: Reply = {
  kind: "error",
  code: "function_error",
  error: { name: "StaleDispatchError", message: "told to stop by a checkpoint" },
  noRetry: true,
  status: 400,
};
/** A result that only calls tell which are over: nobody may ever record it. */
export const staleData = "from a call that is over";
const recentMax = 40;

export class AppSide {
  readonly #parts: AppSideParts;
  readonly #recent: Call[] = [];

  constructor(parts: AppSideParts) {
    this.#parts = parts;
  }

  transport(holder: Holder, now: () => EpochMs): Transport {
    return {
      inProcess: false,
      call: (call, signal) =>
        new Promise<Reply>((resolve) => {
          if (holder.fate === "dead") return;
          const { world, watch, breakers, farSide } = this.#parts;
          watch.begin(call, holder, now());
          breakers.begin(call, holder, now());
          farSide.noteCall(call, holder);
          this.#remember(call);
          this.#parts.onCall(call.runId);
          let isOver = false;
          const answer = (reply: Reply): void => {
            if (isOver) return;
            isOver = true;
            watch.end(call, holder);
            breakers.end(call, holder);
            const heard = world.happens("loseReply") ? lost : reply;
            farSide.noteReply(call, heard, holder);
            resolve(heard);
          };
          signal?.addEventListener("abort", () => answer(lost));
          if (world.happens("doubleCall")) this.#execute(call, answer);
          this.#execute(call, answer);
        }),
    };
  }

  /** A checkpoint of a call that is over, with a result of its own. */
  async sendStaleCheckpoint(): Promise<void> {
    const { world, watch } = this.#parts;
    const over = this.#recent.filter((call) => call.generation < watch.presentOf(call.itemId));
    if (over.length === 0) return;
    world.count("staleCheckpoint");
    const call = world.chance.pick(over);
    const id = call.stepId ?? [...call.memos.keys()][0] ?? ("0".repeat(40) as StepRunOp["id"]);
    const ops: readonly StepRunOp[] = [
      { kind: "StepRun", id, name: "stale", race: false, data: asJson(staleData) },
      { kind: "StepRun", id: "f".repeat(40) as StepRunOp["id"], name: "stale too", race: false, data: asJson(staleData) },
    ];
    const { runId, itemId, generation } = call;
    const result = await this.#parts.request((engine) => engine.checkpoint({ runId, itemId, generation, ops }));
    if (result?.kind === "saved") world.violate(`I5 a checkpoint of call ${generation} of item ${itemId} was taken, which is over`);
  }

  #execute(call: Call, answer: (reply: Reply) => void): void {
    const { app, world } = this.#parts;
    const execution = app.execute(call);
    const later = (ms: number, what: () => void): void => void world.clock.wakeAt(epochMs(world.clock.now() + ms), what);
    const goOn = (turn: IteratorResult<readonly StepRunOp[], Reply>): void => {
      if (turn.done === true) {
        this.#report(call, turn.value);
        later(world.happens("lateReply") ? 3_600_000 : world.chance.below(50), () => answer(turn.value));
        return;
      }
      later(world.chance.below(20), () => {
        void this.#checkpoint(call, turn.value).then((kind) => {
          if (kind === "saved" || kind === undefined) goOn(execution.next(kind === "saved"));
          else later(world.chance.below(50), () => answer(stopped));
        });
      });
    };
    goOn(execution.next());
  }

  /** `undefined`: the results go with the reply. */
  async #checkpoint(call: Call, ops: readonly StepRunOp[]): Promise<CheckpointResult["kind"] | undefined> {
    const { runId, itemId, generation } = call;
    return (await this.#parts.request((engine) => engine.checkpoint({ runId, itemId, generation, ops })))?.kind;
  }

  #report(call: Call, reply: Reply): void {
    if (isQuestion(call)) return;
    const reported = reply.kind === "ops" ? reply.ops.filter(isPlanLike).map(({ id, race }) => ({ stepId: id, race })) : [];
    this.#parts.watch.report(call, reported);
  }

  #remember(call: Call): void {
    this.#recent.push(call);
    if (this.#recent.length > recentMax) this.#recent.shift();
  }
}
