import type { AppRecord, FunctionRecord } from "@stepwell/store";
import type { QueryReads } from "./query-reads.ts";
import type { Resolvers } from "./resolvers.ts";

/** `App`. */
export const appResolvers: Resolvers<AppRecord> = {
  id: ({ uuid }) => uuid,
  externalID: ({ name }) => name,
  sdkLanguage: ({ sdk }) => sdk.split(":")[0] ?? "",
  sdkVersion: ({ sdk }) => (sdk.split(":")[1] ?? "").replace(/^v/, ""),
  functions: (app, reads) => reads.take(functionsOf(app, reads)),
  functionCount: (app, reads) => functionsOf(app, reads).length,
  connected: ({ error }) => error === undefined,
  autodiscovered: () => false,
  method: () => "SERVE",
};

function functionsOf(app: AppRecord, { parts }: QueryReads): readonly FunctionRecord[] {
  return parts.engine.functions().filter(({ appId }) => appId === app.id);
}
