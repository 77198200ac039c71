import { asJson, limits } from "@stepwell/protocol";
import type { AppRuns } from "../apps/app-syncs.ts";
import type { BulkCancels } from "./bulk-cancels.ts";

/** Ends the runs of an app that is taken away by a cancellation of many. */
export function cancelAppRuns(bulkCancels: BulkCancels): AppRuns {
  return {
    isFull: async () => (await bulkCancels.list()).length >= limits.bulkCancelsMax,
    async cancelOf({ id, name }) {
      const about = asJson({ name: `app ${name} taken away`, filter: { app: [name] } });
      const created = await bulkCancels.create({ filter: { runs: { appIds: [id] } }, reason: "app_removed", about });
      return created.kind === "created" ? created.bulkCancel.id : undefined;
    },
  };
}
