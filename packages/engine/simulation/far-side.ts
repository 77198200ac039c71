// Third parties: what the requests of steps reach. They are late, get requests twice, fail, say too much or nothing, and
// look at who asks them, how often and when.

import type { Call, Gateway, GatewayReply } from "@stepwell/engine";
import { hashOf, keyOf, leavesOf, type RequestLeaf, type ScriptedApp } from "@stepwell/engine/testing";
import { asJson, epochMs, type GatewayRequest, type Reply } from "@stepwell/protocol";
import { isQuestion } from "./call-watch.ts";
import type { Told } from "./ledger.ts";
import type { Holder, Surroundings } from "./surroundings.ts";

interface Asked {
  readonly runId: string;
  readonly runSeq: number;
  readonly stepId: string;
  readonly leaf: RequestLeaf;
}

const lateMs = 3_600_000;

export class FarSide {
  readonly #world: Surroundings;
  readonly #app: ScriptedApp;
  readonly #underWay = new Set<string>();
  /** When a process was told of each request: afterwards it knows the key until there is a result. */
  readonly #reported = new Map<string, number>();
  /** The step that a question is about, by its item. */
  readonly #askedFor = new Map<string, string>();
  #answers = 0;

  constructor(world: Surroundings, app: ScriptedApp) {
    this.#world = world;
    this.#app = app;
  }

  gateway(holder: Holder, now: () => number): Gateway {
    return {
      send: (request, signal) =>
        new Promise<GatewayReply>((resolve) => {
          if (holder.fate === "dead") return;
          const asked = this.#whoAsks(request);
          if (asked === undefined) return this.#world.violate(`W8 a request to ${request.url} is of no step`);
          const key = `${holder.id} ${asked.runId} ${asked.stepId}`;
          if (this.#underWay.has(key)) this.#wrong(asked, "is made while it is under way");
          this.#underWay.add(key);
          this.#checkRequest(asked, request, holder, now());
          let isOver = false;
          const answer = (reply: GatewayReply, tell?: (told: Told) => void): void => {
            if (isOver) return;
            isOver = true;
            this.#underWay.delete(key);
            tell?.(this.#toldOf(asked));
            resolve(reply);
          };
          signal.addEventListener("abort", () => answer(failed("gateway_failed", "it was given up", false)));
          if (this.#world.happens("farTwice")) this.#work(asked, request, answer);
          this.#work(asked, request, answer);
        }),
    };
  }

  /** A step that is a request has no code; and the app is asked for its key only by a process that cannot know it. */
  noteCall(call: Call, holder: Holder): void {
    const { runId, stepId, plan } = call;
    if (stepId !== undefined && this.#leafOf(call.target.slug, stepId) !== undefined)
      this.#world.violate(`W8 the app is called for a step of run ${runId} that is a request`);
    if (!isQuestion(call)) return;
    const item = this.#world.watcher.one("select step_id from queue_items where id = ?", call.itemId);
    // What was dropped while its holder claimed it has no row any more.
    if (item === undefined) return;
    this.#askedFor.set(call.itemId, String(item["step_id"]));
    const leaf = this.#leafOf(call.target.slug, String(item["step_id"]));
    const wrong =
      leaf === undefined
        ? "and that is no request"
        : !plan
          ? "and may run others"
          : leaf.key === undefined
            ? "which has no key"
            : (this.#reported.get(`${holder.id} ${runId} ${item["step_id"]}`) ?? Number.POSITIVE_INFINITY) < this.#world.clock.now()
              ? "whose key its holder knows"
              : undefined;
    if (wrong !== undefined) this.#world.violate(`W8 the app is asked for step ${leaf?.id} of run ${runId} again, ${wrong}`);
  }

  /** What a process hears of requests, and of the keys that they need: of the answer to a question only what it is about. */
  noteReply(call: Call, reply: Reply, holder: Holder): void {
    if (reply.kind !== "ops") return;
    const asked = isQuestion(call) ? this.#askedFor.get(call.itemId) : undefined;
    for (const { kind, id } of reply.ops) {
      const key = `${holder.id} ${call.runId} ${id}`;
      const isHeard = (kind === "Gateway" || kind === "AIGateway") && (!isQuestion(call) || asked === id);
      if (isHeard && !this.#reported.has(key)) this.#reported.set(key, this.#world.clock.now());
    }
  }

  #whoAsks({ url }: GatewayRequest): Asked | undefined {
    const [, runId = "", id = ""] = new URL(url).pathname.split("/");
    const run = this.#world.watcher.one("select r.seq, f.slug from runs r join functions f on f.id = r.function_id where r.id = ?", runId);
    const leaf = this.#leafOf(String(run?.["slug"]), hashOf(id));
    return leaf === undefined ? undefined : { runId, runSeq: Number(run?.["seq"]), stepId: hashOf(id), leaf };
  }

  #leafOf(slug: string, stepId: string): RequestLeaf | undefined {
    const leaf = leavesOf(this.#app.find(slug)?.program ?? []).find(({ id }) => hashOf(id) === stepId);
    return leaf?.kind === "request" ? leaf : undefined;
  }

  #toldOf({ runId, stepId }: Asked): Told {
    const { told } = this.#world.ledger;
    const known = told.get(`${runId} ${stepId}`) ?? { answers: new Set(), isFinal: false };
    told.set(`${runId} ${stepId}`, known);
    return known;
  }

  #checkRequest(asked: Asked, { url, headers }: GatewayRequest, holder: Holder, now: number): void {
    const { watcher, setBackMs } = this.#world;
    const carried = asJson([url, headers]).split(keyOf(asked.runId)).length - 1;
    if (carried !== (asked.leaf.key === undefined ? 0 : 1)) this.#wrong(asked, `carries its key ${carried} times`);
    if (holder.fate !== "alive") return;
    const { runSeq, stepId } = asked;
    const entry = watcher.one("select ord from journal_entries where run_seq = ? and step_id = ?", runSeq, stepId);
    if (entry?.["ord"] !== null && entry !== undefined) this.#wrong(asked, "is made again, and has its result");
    const last = watcher.one("select retry_at from attempts where run_seq = ? and step_id = ? order by seq desc limit 1", runSeq, stepId);
    if (last !== undefined && Number(last["retry_at"]) > now + setBackMs)
      this.#wrong(asked, `was to be made again at ${last["retry_at"]}, and is at ${now} (I7)`);
  }

  /** Each answer has a number, so that a result which nobody gave is seen. */
  #work({ leaf }: Asked, { url }: GatewayRequest, answer: (reply: GatewayReply, tell?: (told: Told) => void) => void): void {
    const { clock, chance } = this.#world;
    const later = (what: () => void): void => {
      const ms = this.#world.happens("farLate") ? lateMs : chance.below(100);
      void clock.wakeAt(epochMs(clock.now() + ms), what);
    };
    if (this.#world.happens("farReset")) return later(() => answer(failed("gateway_failed", "the connection ended", false)));
    if (this.#world.happens("farTooLarge"))
      return later(() =>
        answer(failed("output_too_large", "the answer is too large", true), (told) => {
          told.isFinal = true;
        }),
      );
    const isError = this.#world.happens("farError");
    this.#answers += 1;
    const number = this.#answers;
    const body = asJson({ answer: number });
    const headers = isError && chance.chance(0.3) ? { "retry-after": "40" } : {};
    later(() =>
      answer({ kind: "answer", url, status: isError ? 500 : 200, headers, body }, (told) => {
        // Of step.fetch any answer is a result.
        if (!isError || leaf.op === "Gateway") told.answers.add(number);
      }),
    );
  }

  #wrong({ runId, leaf }: Asked, what: string): void {
    this.#world.violate(`W8 the request ${leaf.id} of run ${runId} ${what}`);
  }
}

function failed(code: string, message: string, isFinal: boolean): GatewayReply {
  return { kind: "failed", code, message, isFinal };
}
