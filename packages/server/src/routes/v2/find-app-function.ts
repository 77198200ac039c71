import type { Engine } from "@stepwell/engine";
import type { AppRecord, FunctionRecord } from "@stepwell/store";
import { refusal } from "../../problem.ts";

export interface AppFunction {
  readonly app: AppRecord;
  readonly record: FunctionRecord;
}

export function findApp(engine: Engine, appId: string): AppRecord | Response {
  const app = engine.apps().find(({ name, uuid }) => name === appId || uuid === appId);
  return app ?? refusal("list", { code: "app_not_found", detail: `no app has the id "${appId.slice(0, 80)}"` });
}

/** By the SDK's own two ids; the composite one passes for the function's. */
export function findAppFunction(engine: Engine, appId: string, functionId: string): AppFunction | Response {
  const app = findApp(engine, appId);
  if (app instanceof Response) return app;
  const record = engine
    .functions()
    .find((each) => each.appId === app.id && [`${app.name}-${functionId}`, functionId].some((id) => each.slug === id || each.uuid === id));
  if (record === undefined)
    return refusal("list", { code: "function_not_found", detail: `${app.name} has no function "${functionId.slice(0, 80)}"` });
  return { app, record };
}
