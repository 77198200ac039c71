import {
  asJson,
  exceedsBytes,
  isObject,
  isTooDeep,
  type JsonObject,
  type JsonText,
  limits,
  normaliseAppUrl,
  parseJson,
  parseRunId,
} from "@stepwell/protocol";
import { rerunRefusal } from "../routes/rerun-refusal.ts";
import { QueryRefusal } from "./query-refusal.ts";
import type { Resolvers } from "./resolvers.ts";

/** `Mutation`, as far as the engine has the operation. */
export const mutationResolvers: Resolvers<unknown> = {
  async createApp(_, { parts }, { input }) {
    const url = /^https?:\/\//i.test(input.url) ? input.url : `http://${input.url}`;
    if (!URL.canParse(url)) throw new QueryRefusal(`"${input.url.slice(0, 200)}" is not a URL`);
    const result = await parts.syncer.sync(url);
    if (result.kind === "failed") throw new QueryRefusal(`the app at ${url} did not register: ${result.message}`);
    return parts.engine.apps().find((app) => normaliseAppUrl(app.url) === normaliseAppUrl(url));
  },
  async deleteApp(_, { parts }, { id }) {
    const app = parts.engine.apps().find(({ uuid }) => uuid === id);
    if (app === undefined) throw new QueryRefusal("there is no such app; the query apps lists them");
    await parts.engine.removeApp({ appName: app.name, runs: "drain" });
    parts.syncer.forget(app.name);
    return id;
  },
  async deleteAppByName(_, { parts }, { name }) {
    const removed = await parts.engine.removeApp({ appName: name, runs: "drain" });
    parts.syncer.forget(name);
    return removed.kind === "removed";
  },
  async cancelRun(_, reads, { runID }) {
    const runId = parseRunId(String(runID));
    if (runId === undefined) throw new QueryRefusal("runID is a ULID of 26 characters");
    const result = await reads.parts.engine.cancelRun({ runId, reason: "api" });
    if (result.kind === "not_found") throw new QueryRefusal(`there is no run ${runId}`);
    if (result.kind === "already_ended" && result.status !== "cancelled") throw new QueryRefusal("cannot cancel an ended run");
    return reads.ask("getRun", runId);
  },
  async rerun(_, { parts }, { runID, fromStep }) {
    const runId = parseRunId(String(runID));
    if (runId === undefined) throw new QueryRefusal("runID is a ULID of 26 characters");
    const result = await parts.engine.rerun({ runId, ...(isObject(fromStep) ? { from: rerunFrom(fromStep) } : {}) });
    if (result.kind !== "started") throw new QueryRefusal(rerunRefusal(result, runId).detail);
    return result.runId;
  },
  async invokeFunction(_, { parts }, { functionSlug, data, user }) {
    const payload = { data: isObject(data) ? data : {}, ...(isObject(user) ? { user } : {}) };
    if (exceedsBytes(JSON.stringify(payload), limits.eventBytesMax))
      throw new QueryRefusal(`the data is larger than ${limits.eventBytesMax} bytes (eventBytesMax)`);
    const result = await parts.engine.invokeFunction({ functionName: functionSlug, payload });
    if (result.kind === "function_not_found") throw new QueryRefusal(`could not find function with ID: ${functionSlug.slice(0, 200)}`);
    return true;
  },
};

function rerunFrom({ stepID, input }: JsonObject): { readonly step: string; readonly input?: JsonText } {
  const step = String(stepID);
  if (input === undefined || input === null) return { step };
  const text = String(input);
  if (exceedsBytes(text, limits.stepOutputBytesMax))
    throw new QueryRefusal(`fromStep.input is larger than ${limits.stepOutputBytesMax} bytes (stepOutputBytesMax)`);
  const list = parseJson(text);
  if (!Array.isArray(list) || isTooDeep(list, text.length)) throw new QueryRefusal('fromStep.input is a JSON list as text, e.g. "[1]"');
  return { step, input: asJson(list) };
}
