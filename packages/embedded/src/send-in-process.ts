import type { Engine } from "@stepwell/engine";
import { asJson, type EventIdSeed, epochMs, parseEventBody, StepwellError } from "@stepwell/protocol";
import { type ClientTransport, eventsText, type SendSeed } from "stepwell/internals";

/** What a client sends goes to the engine of its own process; it is read as a request's body is, and refused as one. */
export function sendInProcess(engineOf: () => Engine): ClientTransport {
  return {
    async sendEvents(events, { seed, env }) {
      const engine = engineOf();
      refuseEnvironment(env);
      if (events.length === 0) return { ids: [] };
      const body = parseEventBody(await eventsText(events));
      if (body.kind === "refused") throw refused(body.code, body.message);
      const { ids } = await engine.sendEvents(seed === undefined ? { events: body.events } : { events: body.events, seed: seedOf(seed) });
      return { ids: [...ids] };
    },
    async sendSignal({ signal, data, env }) {
      refuseEnvironment(env);
      if (typeof signal !== "string" || signal === "") throw refused("invalid_request", "a signal has a name");
      const result = await engineOf().sendSignal({ signal, data: asJson(data ?? null) });
      return { runId: result.kind === "received" ? result.runId : undefined };
    },
  };
}

/** To send what is for another environment to the only one there is would start what nobody asked for. */
function refuseEnvironment(env: string | undefined): void {
  if (env === undefined || env === "") return;
  throw refused(
    "invalid_request",
    `an engine in one's own process has one environment, and "env" asks for "${env.slice(0, 80)}": leave it out`,
  );
}

function refused(code: StepwellError["code"], message: string): StepwellError {
  return new StepwellError(code, message, { retryable: false, advice: "Nothing was stored: correct it and send again." });
}

function seedOf({ ms, entropy }: SendSeed): EventIdSeed {
  return { senderNowAt: epochMs(ms), entropy };
}
